// A protocol over gRPC as a listener sees it: methods with their answers behind them, and no transport.
import type {
  DescMessage,
  DescMethodBiDiStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  Message,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { AnyInferenceError } from "@sealserve/inference";
import type { HttpHeaders, TlsChannel } from "../http/message.ts";
import type { GrpcStatus } from "./status.ts";

/** What an answer is given beside its request. */
export interface GrpcCall {
  /** Metadata, texts only. */
  readonly headers: HttpHeaders;
  /** Aborts when the client cancels or leaves, or the call's deadline has passed. */
  readonly signal: AbortSignal;
  /** Milliseconds until the client's deadline; null: it set none. */
  readonly timeLeft: () => number | null;
  /** Left out: the call came on no TLS connection. */
  readonly channel?: TlsChannel;
  /** The network address at the other end. */
  readonly peer?: string;
  /** Tells what the call is about, such as `model` and `version`, for whoever counts calls. */
  about(captured: Readonly<Record<string, string>>): void;
  /** Tells that a request of a stream of requests begins, for whoever counts them; what comes back is called when it has ended, null: well. */
  begin(captured: Readonly<Record<string, string>>): (status: GrpcStatus | null) => void;
  /** What the call would end with if `thrown` were thrown, which goes to the log as if it were: for errors that leave inside an answer. */
  refusal(thrown: unknown): GrpcStatus;
}

/** One method of a service with its answer behind it. Answers throw `GrpcRefusal` or `InferenceError`. */
export type GrpcMethod = UnaryMethod | ServerStreamingMethod | BidiStreamingMethod;

interface Named {
  /** As the HTTP route that does the same, where there is one. */
  readonly name: string;
}

export interface UnaryMethod extends Named {
  readonly kind: "unary";
  readonly descriptor: DescMethodUnary;
  answer(request: Message, call: GrpcCall): Promise<Answer>;
}

export interface ServerStreamingMethod extends Named {
  readonly kind: "server_streaming";
  readonly descriptor: DescMethodServerStreaming;
  answer(request: Message, call: GrpcCall): AsyncIterable<Answer>;
}

export interface BidiStreamingMethod extends Named {
  readonly kind: "bidi_streaming";
  readonly descriptor: DescMethodBiDiStreaming;
  answer(requests: AsyncIterable<Message>, call: GrpcCall): AsyncIterable<Answer>;
}

type Answer = MessageInitShape<DescMessage>;

/** One protocol on one listener. */
export interface GrpcProtocol {
  /** The path of its listener in the configuration, such as `torchserve.grpcInference`. */
  readonly name: string;
  /** All methods of its services. */
  readonly methods: readonly GrpcMethod[];
  /** Whether its services may be called: what health says of them. */
  ready(): boolean;
  /** Whether a call may go on, asked before its request is read. Throws as answers do. Left out: each may. */
  admit?(method: GrpcMethod, call: GrpcCall): void;
  /** Once true, each call is the last of its connection. Left out: never. */
  ending?(): boolean;
  /** Any error in this protocol's form; what was not foreseen leaves as an internal error. */
  refuse(error: AnyInferenceError): GrpcStatus;
}

/** One request, one answer. */
export function unary<I extends DescMessage, O extends DescMessage>(
  name: string,
  descriptor: DescMethodUnary<I, O>,
  answer: (request: MessageShape<I>, call: GrpcCall) => Promise<MessageInitShape<O>>,
): GrpcMethod {
  return { name, descriptor, kind: "unary", answer: (request, call) => answer(request as MessageShape<I>, call) };
}

/** One request, any number of answers. */
export function serverStreaming<I extends DescMessage, O extends DescMessage>(
  name: string,
  descriptor: DescMethodServerStreaming<I, O>,
  answer: (request: MessageShape<I>, call: GrpcCall) => AsyncIterable<MessageInitShape<O>>,
): GrpcMethod {
  return {
    name,
    descriptor,
    kind: "server_streaming",
    answer: (request, call) => answer(request as MessageShape<I>, call),
  };
}

/** Any number of requests and of answers. */
export function bidiStreaming<I extends DescMessage, O extends DescMessage>(
  name: string,
  descriptor: DescMethodBiDiStreaming<I, O>,
  answer: (requests: AsyncIterable<MessageShape<I>>, call: GrpcCall) => AsyncIterable<MessageInitShape<O>>,
): GrpcMethod {
  return {
    name,
    descriptor,
    kind: "bidi_streaming",
    answer: (requests, call) => answer(requests as AsyncIterable<MessageShape<I>>, call),
  };
}
