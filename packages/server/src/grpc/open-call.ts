// One call while it is answered: what its protocol sees of it, when it is too late or given up, and what it ends with.
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { AnyInferenceError } from "@sealserve/inference";
import type { HttpHeaders } from "@sealserve/protocols";
import {
  type GrpcCall,
  type GrpcMethod,
  type GrpcProtocol,
  GrpcRefusal,
  type GrpcStatus,
} from "@sealserve/protocols/grpc";
import type { Clock } from "@sealserve/serving";
import type { Logger } from "../logger/logger.ts";
import { AnswerStream } from "./answer-stream.ts";
import { timeoutOf } from "./deadline.ts";
import type { GrpcConnection } from "./grpc-connections.ts";
import { refusalOf } from "./refusals.ts";

export interface BoundMethod {
  readonly protocol: GrpcProtocol;
  readonly method: GrpcMethod;
}

/** A request of a stream of requests. */
export interface InnerRequest {
  readonly captured: Readonly<Record<string, string>>;
  readonly begun: number;
  /** Null: OK. */
  readonly status: GrpcStatus | null;
}

export interface OpenCallParts {
  /** Told of each as it ends. */
  readonly onRequest: (request: InnerRequest) => void;
  readonly connection: GrpcConnection;
  readonly clock: Clock;
  readonly logger: Logger;
}

const nothing: Readonly<Record<string, string>> = Object.freeze({});

export class OpenCall {
  readonly answers: AnswerStream;
  captured: Readonly<Record<string, string>> = nothing;
  /** What was thrown, if it was an inference error. */
  error: AnyInferenceError | null = null;
  /** What it ended with; null: OK. */
  status: GrpcStatus | null = { code: "cancelled", message: "the client has gone" };
  readonly seen: GrpcCall;
  readonly #bound: BoundMethod;
  readonly #logger: Logger;
  readonly #gone = new AbortController();
  readonly #release: () => void;

  constructor(stream: ServerHttp2Stream, headers: HttpHeaders, bound: BoundMethod, parts: OpenCallParts) {
    const { clock, connection, logger, onRequest } = parts;
    this.answers = new AnswerStream(stream);
    this.#bound = bound;
    this.#logger = logger;
    const leave = () => this.#gone.abort(new GrpcRefusal("cancelled", "the client has gone"));
    stream.on("close", leave);
    const tooLate = () => this.refuse(new GrpcRefusal("deadline-exceeded", "the deadline of the call has passed"));
    const timeout = this.#attempt(() => timeoutOf(headers["grpc-timeout"]));
    const until = timeout === null ? null : clock.now() + timeout;
    const timer = timeout === null ? null : clock.setTimer(timeout, tooLate);
    if (timeout === 0) tooLate();
    this.#release = () => {
      timer?.cancel();
      stream.off("close", leave);
    };
    const { channel, peer } = connection;
    this.seen = {
      headers,
      signal: this.#gone.signal,
      timeLeft: () => (until === null ? null : Math.max(0, until - clock.now())),
      ...(channel ? { channel } : {}),
      ...(peer === null ? {} : { peer }),
      about: (captured) => {
        this.captured = captured;
      },
      begin(captured) {
        const begun = clock.now();
        return (status) => onRequest({ captured, begun, status });
      },
      refusal: (thrown) => this.#statusOf(thrown),
    };
  }

  /** Ends it with what `thrown` says, and aborts what is still done for it. */
  refuse(thrown: unknown): void {
    // Whoever has gone is told nothing, and what follows from that is nobody's mistake.
    if (this.#gone.signal.aborted) return;
    const status = this.#statusOf(thrown);
    if (this.answers.end(status)) this.status = status;
    this.#gone.abort(thrown);
  }

  succeed(last?: Uint8Array): void {
    if (this.#gone.signal.aborted) return;
    if (last) this.answers.finish(last);
    else this.answers.end(null);
    this.status = null;
  }

  /** Its deadline and its client do not matter any more. */
  close(): void {
    this.#release();
  }

  #statusOf(thrown: unknown): GrpcStatus {
    const { status, error } = refusalOf(thrown, { ...this.#bound, captured: this.captured }, this.#logger);
    this.error = error ?? this.error;
    return status;
  }

  #attempt<T>(act: () => T): T | null {
    try {
      return act();
    } catch (error) {
      this.refuse(error);
      return null;
    }
  }
}

/** Metadata by name; what is said several times is joined, as gRPC has it. */
export function headersOf(headers: IncomingHttpHeaders): HttpHeaders {
  const texts: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (name.startsWith(":") || value === undefined) continue;
    texts[name] = typeof value === "string" ? value : value.join(", ");
  }
  return texts;
}
