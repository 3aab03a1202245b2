// Sends one row's call of gRPC by a client of other people's code, and takes its answers and its status as text.
import type {
  DescMessage,
  DescMethodStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import type { GrpcCallRow, Row } from "./row.ts";
import type { WireAnswer } from "./wire-answer.ts";

/** `status` is 200 or 500; `reason` is the name of the code. */
export async function grpcExchange(
  { headers, limit }: Row,
  call: GrpcCallRow,
  base: string,
  fill: (text: string) => string,
): Promise<WireAnswer> {
  const started = performance.now();
  const sessions = new Http2SessionManager(base);
  const metadata = Object.entries(headers).map(([name, value]): [string, string] => [name, fill(value)]);
  const texts: string[] = [];
  let status: Pick<WireAnswer, "status" | "reason"> = { status: 200, reason: "OK" };
  try {
    for await (const answer of answersOf(call, { base, sessions, metadata, limit })) texts.push(textOf(answer));
  } catch (thrown) {
    const error = ConnectError.from(thrown);
    status = { status: 500, reason: nameOf(error.code) };
    texts.push(`description: ${error.rawMessage}`);
  } finally {
    sessions.abort();
  }
  const body = Buffer.from(texts.join("\n\n"));
  return { ...status, headers: [], body, broken: null, took: performance.now() - started };
}

interface Sending {
  readonly base: string;
  readonly sessions: Http2SessionManager;
  readonly metadata: [string, string][];
  readonly limit: number;
}

type Answers = AsyncIterable<MessageShape<DescMessage>>;

async function* answersOf({ descriptor, requests, answers }: GrpcCallRow, sending: Sending): Answers {
  const { base, sessions, metadata, limit } = sending;
  const transport = createGrpcTransport({ baseUrl: base, sessionManager: sessions });
  // What a row asks has the form of its own method: nobody can say so of all of them at once.
  const [first, ...others] = requests as readonly MessageInitShape<DescMessage>[];
  if (descriptor.methodKind === "unary") {
    yield (await transport.unary(descriptor as DescMethodUnary, undefined, limit, metadata, first ?? {})).message;
    return;
  }
  const enough = Promise.withResolvers<void>();
  async function* asked() {
    yield first ?? {};
    yield* others;
    if (descriptor.methodKind === "bidi_streaming") await enough.promise;
  }
  let come = 0;
  try {
    const response = await transport.stream(descriptor as DescMethodStreaming, undefined, limit, metadata, asked());
    for await (const answer of response.message) {
      yield answer;
      come += 1;
      if (come === answers) enough.resolve();
    }
  } finally {
    enough.resolve();
  }
}

/** A line for each field that is set; texts and bytes as they are. */
function textOf(answer: MessageShape<DescMessage>): string {
  return Object.entries(answer)
    .filter(([name, value]) => !name.startsWith("$") && value !== undefined)
    .map(([name, value]) => `${name}: ${shown(value)}`)
    .join("\n");
}

function shown(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  if (typeof value === "string") return value;
  return JSON.stringify(value, (name, inner: unknown) => {
    if (name.startsWith("$")) return undefined;
    if (inner instanceof Uint8Array) return Buffer.from(inner).toString("utf8");
    return typeof inner === "bigint" ? String(inner) : inner;
  });
}

/** As gRPC spells it: `NOT_FOUND`. */
function nameOf(code: Code): string {
  const name = Code[code] ?? "";
  return (name === "Canceled" ? "Cancelled" : name).replace(/(?<=[a-z])[A-Z]/g, "_$&").toUpperCase();
}
