// One call and its answers: from Node's HTTP/2 stream to a protocol's method and back.
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { type GrpcProtocol, httpStatusOf } from "@sealserve/protocols/grpc";
import type { Clock } from "@sealserve/serving";
import type { ObserveExchange } from "../listener/exchange.ts";
import type { ListenerLimits } from "../listener/listener-options.ts";
import type { Logger } from "../logger/logger.ts";
import { type BoundMethod, bindMethods } from "./bind-methods.ts";
import { type CallState, codeNames } from "./call-state.ts";
import type { GrpcConnections } from "./grpc-connections.ts";
import { refuseCall, refuseForeign } from "./refuse-stream.ts";
import { headersOf, universalRequest } from "./universal-request.ts";
import { writeAnswers } from "./write-answers.ts";

export interface GrpcCallsParts {
  /** The standard services among them. */
  readonly protocols: readonly GrpcProtocol[];
  readonly connections: GrpcConnections;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe?: ObserveExchange;
}

const nothing: Readonly<Record<string, string>> = Object.freeze({});

export class GrpcCalls {
  readonly #limits: ListenerLimits;
  readonly #parts: GrpcCallsParts;
  readonly #methods: ReadonlyMap<string, BoundMethod>;

  constructor(limits: ListenerLimits, parts: GrpcCallsParts) {
    this.#limits = limits;
    this.#parts = parts;
    this.#methods = bindMethods(parts.protocols, limits, parts);
  }

  /** Never rejects. */
  async serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const { clock, connections, logger } = this.#parts;
    const { session } = stream;
    if (!session) return;
    const started = clock.now();
    const [path = ""] = (headers[":path"] ?? "").split("?", 1);
    const bound = this.#methods.get(path);
    if (headers[":method"] !== "POST" || !/^application\/grpc(?:[+;]|$)/.test(headers["content-type"] ?? "")) {
      return refuseForeign(stream);
    }
    const { maxHeaderBytes, requestTimeout } = this.#limits;
    if (lengthOf(headers) > maxHeaderBytes) {
      return refuseCall(stream, { code: "resource-exhausted", message: `metadata may have ${maxHeaderBytes} bytes` });
    }
    // In the words of the library that TorchServe's clients know.
    if (!bound) return refuseCall(stream, { code: "unimplemented", message: `Method not found: ${path.slice(1)}` });
    const connection = connections.of(session);
    const state: CallState = { connection, headers: headersOf(headers), captured: nothing, error: null };
    connection.calls++;
    let status = httpStatusOf("cancelled");
    try {
      const request = universalRequest(stream, path, bound.method, state, { requestTimeout, clock });
      const answered = await bound.handle(request);
      await writeAnswers(stream, answered);
      status = statusOf(answered.trailer?.get("grpc-status") ?? null);
    } catch (error) {
      logger.debug("an answer could not be sent whole", { protocol: bound.protocol.name, path, error });
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    } finally {
      connection.calls--;
      connection.idleSince = clock.now();
      if (bound.protocol.ending?.()) session.close();
      this.#tell(bound, state, path, status, clock.now() - started);
    }
  }

  #tell({ protocol, method }: BoundMethod, state: CallState, path: string, status: number, duration: number): void {
    const { logger, observe } = this.#parts;
    const { captured, error } = state;
    const facts = { protocol: protocol.name, route: method.name, method: "gRPC", path, status, duration };
    if (logger.enabled("debug")) logger.debug("answered", { ...facts, code: error?.code });
    observe?.({ ...facts, captured, error });
  }
}

/** As HTTP would say it. */
function statusOf(trailer: string | null): number {
  const code = codeNames.get(Number(trailer));
  return code === undefined ? 200 : httpStatusOf(code);
}

function lengthOf(headers: IncomingHttpHeaders): number {
  let length = 0;
  for (const name in headers) length += name.length + String(headers[name]).length;
  return length;
}
