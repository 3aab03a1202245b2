// The frontend on one page: listeners → protocols → an inference service.
import { hostname } from "node:os";
import type { InferenceService } from "@sealserve/inference";
import { type AttestationParts, attestation } from "@sealserve/protocols/attestation";
import type { ModelMetricFamily } from "@sealserve/protocols/mesh";
import { type SealedHttpParts, sealedHttp } from "@sealserve/protocols/sealed-http";
import {
  type AnswerInside,
  type ClientRoots,
  type Draining,
  ListenerError,
  type Listeners,
  type ListenersParts,
  type Logger,
  type ModelMetricsOptions,
  type ObserveExchange,
  openBearerToken,
  openListeners,
  type PortBinding,
  spotOf,
} from "@sealserve/server";
import type { Clock, VersionStatistics } from "@sealserve/serving";
import type { FrontendConfig } from "./config.ts";
import type { ManagedModels } from "./managed-models.ts";
import type { ListenToEngines } from "./metrics/engine-report.ts";
import { systemMachine } from "./metrics/machine.ts";
import { type MetricLog, openMetricLog } from "./metrics/metric-log.ts";
import { servingMetrics } from "./metrics/serving-metrics.ts";
import { protocolBindings } from "./protocol-bindings.ts";
import type { ServedModel } from "./served-model.ts";
import { openTokens } from "./torchserve/open-tokens.ts";

export interface FrontendParts {
  readonly service: InferenceService;
  /** Whether the process as a whole may take requests; false while it starts and stops. */
  ready(): boolean;
  /** What each version has done so far: of all models, or of one. */
  statistics(model?: string): readonly VersionStatistics[];
  /** What is known of a version; null where it was never opened. */
  served(model: string, version: string): ServedModel | null;
  /** Whether there is such a model, and such a version of it if one is given; in constant time. */
  knows(model: string, version: string | null): boolean;
  /** Metrics that only engines can tell are left out: they are in other processes, and those tell them. */
  readonly enginesElsewhere?: true;
  /** What changes models; left out: nobody can. */
  readonly changes?: ManagedModels;
  /** The program's version. */
  readonly version: string;
  /** Evidence of what this process is, given on every listener; left out where there is no TEE. */
  readonly attestation?: AttestationParts;
  /** Opens requests that are sealed to the key in that evidence, on every listener; left out: nobody does. */
  readonly sealedHttp?: Omit<SealedHttpParts, "answer">;
  /** Once it has begun, each reply closes its connection; left out: replies never do. */
  readonly drain?: Draining;
  /** Told of every request, beside the metrics; must neither throw nor take long. */
  readonly onExchange?: ObserveExchange;
  /** Who hears what engines report; left out: nobody, they are in other processes. */
  readonly listenToEngines?: ListenToEngines;
  /** Which metrics of models are shown; left out: all. */
  readonly modelMetrics?: ModelMetricsOptions;
  /** Where models run in other processes: what their code has told there. */
  readonly modelMetricsElsewhere?: () => Promise<readonly ModelMetricFamily[]>;
  /** TorchServe's metrics as lines too; left out: nowhere. */
  readonly metricLog?: MetricLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Opens every listener that is not switched off. Throws `ListenerError`, `ManagementStartError`; then nothing is open. */
export async function startFrontend(config: FrontendConfig, parts: FrontendParts): Promise<Listeners> {
  const { systemMetrics } = config.protocols.torchserve;
  const metrics = servingMetrics({ ...parts, systemMetrics, machine: systemMachine(), hostname: hostname() });
  const { host, tls, insecurePlaintext, management, maxBodySize, drainTimeout } = config;
  const { drain, onExchange } = parts;
  await using stack = new AsyncDisposableStack();
  const log = parts.metricLog && stack.use(openMetricLog(parts.metricLog, { ...parts, metrics, hostname: hostname() }));
  parts.listenToEngines?.((report) => {
    metrics.take(report);
    log?.take(report);
  });
  const token = management.tokenFile && stack.use(await openBearerToken(management.tokenFile, parts));
  const { tokens: tokenSettings } = config.protocols.torchserve;
  const tokens = tokenSettings && stack.use(await openTokens(tokenSettings, parts));
  const bindings = protocolBindings(config, { ...parts, metrics, token, tokens });
  if (parts.attestation) checkSecure(bindings, host);
  const listeners = await openListeners(
    {
      ...{ host, tls, insecurePlaintext, limits: { maxBodyBytes: maxBodySize, drainLimit: drainTimeout } },
      ...(management.clientRoots === null ? {} : { optionalClientRoots: rootsOf(management.clientRoots, parts) }),
    },
    drain ? bindings.map((binding) => drained(binding, drain)) : bindings,
    {
      clock: parts.clock,
      logger: parts.logger,
      observe(exchange) {
        metrics.observe(exchange);
        log?.observe(exchange);
        onExchange?.(exchange);
      },
      everywhere: everywhere(parts),
    },
  );
  stack.use(listeners);
  const owned = stack.move();
  return { ...listeners, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Evidence says that what clients send reaches nobody but this process. Throws `ListenerError` `plaintext-attested`. */
function checkSecure(bindings: readonly PortBinding[], host: string): void {
  for (const binding of bindings) {
    const { name } = "grpc" in binding ? binding.grpc : binding.protocol;
    if (spotOf(binding.port, host)?.plain) throw new ListenerError("plaintext-attested", { listener: name });
  }
}

/** Each reply, or call, closes its connection once draining has begun. */
function drained(binding: PortBinding, drain: Draining): PortBinding {
  if ("grpc" in binding) return { ...binding, grpc: { ...binding.grpc, ending: () => drain.begun } };
  return { ...binding, protocol: drain.watch(binding.protocol) };
}

/** Evidence names the authorities that were read at the start: in a TEE no others take their place. */
function rootsOf(roots: ClientRoots, { attestation }: FrontendParts): ClientRoots {
  return attestation ? { pem: roots.pem, files: [] } : roots;
}

function everywhere({
  attestation: attesting,
  sealedHttp: sealing,
}: FrontendParts): NonNullable<ListenersParts["everywhere"]> {
  return [
    ...(attesting ? [attestation(attesting)] : []),
    ...(sealing ? [(answer: AnswerInside) => sealedHttp({ ...sealing, answer })] : []),
  ];
}
