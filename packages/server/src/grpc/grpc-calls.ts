// Calls and their answers: from HTTP/2 streams to protocols' methods and back.
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { Protocol } from "@sealserve/protocols";
import { type GrpcProtocol, httpStatusOf } from "@sealserve/protocols/grpc";
import type { Clock } from "@sealserve/serving";
import type { ObserveExchange, Peer } from "../listener/exchange.ts";
import type { ListenerLimits } from "../listener/listener-options.ts";
import type { Logger } from "../logger/logger.ts";
import { type AnswerBeside, answerBeside } from "./answer-beside.ts";
import type { GrpcConnections } from "./grpc-connections.ts";
import { type BoundMethod, headersOf, type InnerRequest, OpenCall } from "./open-call.ts";
import { type MessageSource, readMessage, readMessages } from "./read-messages.ts";
import { refuseCall, refuseForeign } from "./refuse-stream.ts";

export interface GrpcCallsParts {
  /** The standard services among them. */
  readonly protocols: readonly GrpcProtocol[];
  /** As `GrpcListenerParts.beside`. */
  readonly beside?: readonly Protocol[];
  readonly connections: GrpcConnections;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe?: ObserveExchange;
}

interface Told {
  readonly peer: Peer | undefined;
  readonly duration: number;
}

export class GrpcCalls {
  readonly #limits: ListenerLimits;
  readonly #parts: GrpcCallsParts;
  /** By their paths. */
  readonly #methods: ReadonlyMap<string, BoundMethod>;

  readonly #beside: AnswerBeside;

  constructor(limits: ListenerLimits, parts: GrpcCallsParts) {
    this.#beside = answerBeside(limits, { ...parts, protocols: parts.beside ?? [] });
    this.#limits = limits;
    this.#parts = parts;
    const rows = parts.protocols.flatMap((protocol) => protocol.methods.map((method) => ({ protocol, method })));
    this.#methods = new Map(
      rows.map((row) => [`/${row.method.descriptor.parent.typeName}/${row.method.descriptor.name}`, row]),
    );
  }

  /** Never rejects. */
  async serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const { session } = stream;
    if (!session) return;
    const path = headers[":path"] ?? "";
    if (headers[":method"] !== "POST" || !/^application\/grpc(?:\+proto)?(?:;|$)/.test(headers["content-type"] ?? "")) {
      if (!this.#beside(stream, headers, this.#parts.connections.of(session))) refuseForeign(stream);
      return;
    }
    const { maxHeaderBytes } = this.#limits;
    if (lengthOf(headers) > maxHeaderBytes) {
      return refuseCall(stream, { code: "resource-exhausted", message: `metadata may have ${maxHeaderBytes} bytes` });
    }
    const bound = this.#methods.get(path);
    // In the words of the library that TorchServe's clients know.
    if (!bound) return refuseCall(stream, { code: "unimplemented", message: `Method not found: ${path.slice(1)}` });
    const { clock, connections } = this.#parts;
    const started = clock.now();
    const connection = connections.of(session);
    connection.calls++;
    stream.once("close", () => {
      connection.calls--;
      connection.idleSince = clock.now();
    });
    const onRequest = (request: InnerRequest) => this.#tellRequest(bound, request, path);
    const call = new OpenCall(stream, headersOf(headers), bound, { ...this.#parts, connection, onRequest });
    try {
      // One with a deadline that has passed, or is none, has ended already.
      if (!call.seen.signal.aborted) {
        bound.protocol.admit?.(bound.method, call.seen);
        await this.#answer(stream, bound, call, () => connection.stale);
      }
    } catch (error) {
      call.refuse(error);
    }
    call.close();
    if (bound.protocol.ending?.()) session.close();
    this.#tell(bound, call, path, { peer: stream.session?.socket, duration: clock.now() - started });
  }

  async #answer(
    stream: ServerHttp2Stream,
    { method }: BoundMethod,
    call: OpenCall,
    isStale: () => boolean,
  ): Promise<void> {
    const { input, output } = method.descriptor;
    const { maxBodyBytes: limit, requestTimeout: timeout } = this.#limits;
    const encoding = call.seen.headers["grpc-encoding"] ?? null;
    const source: MessageSource = {
      stream,
      schema: input,
      encoding,
      limit,
      timeout,
      clock: this.#parts.clock,
      isStale,
    };
    if (method.kind === "unary") {
      call.succeed(encoded(output, await method.answer(await readMessage(source), call.seen)));
      return;
    }
    const answers =
      method.kind === "server_streaming"
        ? method.answer(await readMessage(source), call.seen)
        : method.answer(readMessages(source), call.seen);
    for await (const answer of answers) if (!(await call.answers.write(encoded(output, answer)))) return;
    call.succeed();
  }

  #tell({ protocol, method }: BoundMethod, call: OpenCall, path: string, { peer, duration }: Told): void {
    const { logger, observe } = this.#parts;
    const { captured, error } = call;
    const status = call.status === null ? 200 : httpStatusOf(call.status.code);
    const facts = { protocol: protocol.name, route: method.name, method: "gRPC", path, status, duration };
    if (logger.enabled("debug")) logger.debug("answered", { ...facts, code: error?.code });
    observe?.({ ...facts, captured, error, ...(peer && { peer }) });
  }

  /** By the name of a call that has one request. */
  #tellRequest({ protocol }: BoundMethod, { captured, begun, status }: InnerRequest, path: string): void {
    const { clock, observe } = this.#parts;
    observe?.({
      ...{ protocol: protocol.name, route: "predict", captured, method: "gRPC", path, inside: true, error: null },
      ...{ status: status === null ? 200 : httpStatusOf(status.code), duration: clock.now() - begun },
    });
  }
}

function encoded(schema: DescMessage, answer: MessageInitShape<DescMessage>): Uint8Array {
  return toBinary(schema, create(schema, answer));
}

function lengthOf(headers: IncomingHttpHeaders): number {
  let length = 0;
  for (const name in headers) length += name.length + String(headers[name]).length;
  return length;
}
