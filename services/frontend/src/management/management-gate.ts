// Who may change what is loaded: on loopback anybody but a web page, elsewhere whoever shows the token or a certificate.
import { InferenceError } from "@sealserve/inference";
import { CodedError } from "@sealserve/primitives";
import type { HttpRequest, Protocol } from "@sealserve/protocols";
import type { GrpcProtocol } from "@sealserve/protocols/grpc";
import { type BearerToken, type ClientRoots, isInForce, isLoopback, type Secret } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";

export interface ManagementSettings {
  /** `auto`: where nobody from outside can, or where they have to prove who they are; `open`: everywhere, by everybody. */
  readonly changes: "auto" | "open" | boolean;
  readonly tokenFile: Secret | null;
  /** Authorities of clients who may; the listener judges by them. */
  readonly clientRoots: ClientRoots | string | null;
}

/** Management calls were asked for where everybody could make them. */
export class ManagementStartError extends CodedError<"management-unprotected", { readonly host: string }> {
  constructor(host: string) {
    const sentence = `management calls on ${host} would be open to everybody: give them management.tokenFile or management.clientRoots, or listen on 127.0.0.1`;
    super("management-unprotected", sentence, { host });
    this.name = "ManagementStartError";
  }
}

/** Whether changes are taken at all by a listener on `host`. Throws `ManagementStartError`. */
export function takesChanges(host: string, { changes, tokenFile, clientRoots }: ManagementSettings): boolean {
  if (changes === false || changes === "open") return changes === "open";
  if (isLoopback(host) || tokenFile !== null || clientRoots !== null) return true;
  if (changes === true) throw new ManagementStartError(host);
  return false;
}

/** Calls that change what is loaded, by the names of their routes. */
const changing: ReadonlySet<string> = new Set([
  "load",
  "unload",
  "registerModel",
  "scaleModel",
  "setDefault",
  "unregisterModel",
  "registerWorkflow",
  "unregisterWorkflow",
]);

export interface GateParts {
  readonly clock: Pick<Clock, "epoch">;
  /** Null: there is none. */
  readonly token: Pick<BearerToken, "isShownIn"> | null;
}

/** What a gate goes by. */
export type GateSettings = Pick<ManagementSettings, "changes" | "clientRoots">;

/** The protocol, whose calls that change something are refused as `unauthorized` where they must not be made. */
export function guarded(protocol: Protocol, settings: GateSettings, parts: GateParts): Protocol {
  if (settings.changes === "open") return protocol;
  const mayCall = gate(settings, parts);
  const handlers = protocol.handlers.map((handler): Protocol["handlers"][number] => {
    if (!changing.has(handler.name)) return handler;
    return {
      ...handler,
      async handle(request, captured, signal) {
        if (!mayCall(request)) throw refused();
        return handler.handle(request, captured, signal);
      },
    };
  });
  return { ...protocol, handlers };
}

/** As `guarded`, for the calls of gRPC under the same names. */
export function guardedGrpc(protocol: GrpcProtocol, settings: GateSettings, parts: GateParts): GrpcProtocol {
  if (settings.changes === "open") return protocol;
  const mayCall = gate(settings, parts);
  return {
    ...protocol,
    admit(method, call) {
      protocol.admit?.(method, call);
      if (changing.has(method.name) && !mayCall(call)) throw refused();
    },
  };
}

function refused(): InferenceError {
  return new InferenceError("unauthorized", { what: "a change of models" });
}

function gate(
  { clientRoots }: Pick<ManagementSettings, "clientRoots">,
  { clock, token }: GateParts,
): (request: Pick<HttpRequest, "headers" | "channel" | "sealed">) => boolean {
  return ({ headers, channel, sealed = false }) => {
    // A browser sends these for its pages: whoever reads one must not change models through it.
    if (headers["origin"] !== undefined || headers["sec-fetch-site"] !== undefined) return false;
    // A proxy on this machine that keeps such calls from outsiders cannot see them in a sealed message.
    if (token === null && clientRoots === null) return !sealed;
    if (clientRoots !== null && isInForce(channel?.clientCertificate() ?? null, clock.epoch())) return true;
    return token?.isShownIn(headers["authorization"]) ?? false;
  };
}
