// gRPC's standard health service, over what the protocols of a listener say of themselves.
import { type AnyInferenceError, isInferenceError } from "@sealserve/inference";
import {
  type GrpcProtocol,
  GrpcRefusal,
  type GrpcStatus,
  Health,
  ServingStatus,
  serverStreaming,
  unary,
} from "@sealserve/protocols/grpc";
import type { Clock } from "@sealserve/serving";

export interface HealthParts {
  readonly clock: Clock;
  /** Aborts when the listener stops: those who watch hear that it does not serve any more, and their streams end. */
  readonly stopping: AbortSignal;
}

/** Milliseconds between two looks for those who watch. */
const interval = 500;

/** The empty name stands for all of them. */
export function health(protocols: readonly GrpcProtocol[], { clock, stopping }: HealthParts): GrpcProtocol {
  const byService = new Map<string, () => boolean>([["", () => protocols.every((protocol) => protocol.ready())]]);
  for (const protocol of protocols) {
    for (const { descriptor } of protocol.methods) byService.set(descriptor.parent.typeName, () => protocol.ready());
  }
  const statusOf = (service: string): ServingStatus => {
    const ready = byService.get(service);
    if (!ready) return ServingStatus.SERVICE_UNKNOWN;
    return ready() && !stopping.aborted ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  };
  return {
    name: "grpc.health",
    methods: [
      unary("check", Health.method.check, async ({ service }) => {
        const status = statusOf(service);
        if (status === ServingStatus.SERVICE_UNKNOWN) throw new GrpcRefusal("not-found", "unknown service");
        return { status };
      }),
      serverStreaming("watch", Health.method.watch, async function* ({ service }, { signal }) {
        let told: ServingStatus | null = null;
        for (;;) {
          const status = statusOf(service);
          if (status !== told) yield { status };
          told = status;
          if (stopping.aborted || signal.aborted) return;
          await pause(clock, [signal, stopping]);
        }
      }),
    ],
    ready: () => true,
    refuse: plainRefusal,
  };
}

/** For services that are not about models. */
export function plainRefusal(error: AnyInferenceError): GrpcStatus {
  const code = isInferenceError(error) && error.code === "unauthorized" ? "permission-denied" : "internal";
  return { code, message: error.message };
}

/** Until the next look, or until one of `signals` aborts. */
function pause(clock: Clock, signals: readonly AbortSignal[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.setTimer(interval, resolve);
  for (const signal of signals) signal.addEventListener("abort", end);
  function end(): void {
    resolve();
  }
  return promise.finally(() => {
    timer.cancel();
    for (const signal of signals) signal.removeEventListener("abort", end);
  });
}
