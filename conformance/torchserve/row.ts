// One request of the differential run: where it goes, what it says, and why our answer may differ.
import type { DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import type { ListenerName } from "../fixtures/real-torchserve.ts";

/** `open`: no tokens, model API on. `guarded`: tokens on, model API off, one model. `kserve`, `kservev2`: that envelope. */
export type ServerName = "open" | "guarded" | "kserve" | "kservev2";

export interface Row {
  readonly name: string;
  readonly server: ServerName;
  readonly listener: ListenerName;
  readonly method: string;
  /** With the query; `{store}` is the model store's folder. */
  readonly path: string;
  /** `{inference}`, `{management}` and `{API}` are keys of the guarded server. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
  /** Bytes for the connection in place of all that, its lines ended as in HTTP. */
  readonly raw: string | null;
  /** A call of gRPC in place of all that; its metadata are `headers`. */
  readonly call: GrpcCallRow | null;
  /** So many are sent at once; their answers are compared sorted. */
  readonly times: number;
  /** Of equal answers one counts. */
  readonly distinct: boolean;
  /** It is sent again for so many milliseconds, until an answer comes that is no 5xx: for what a worker's restart comes before. */
  readonly within: number;
  /** Milliseconds after which no answer is the answer. */
  readonly limit: number;
  /** What of a text that cannot be the same is taken out before it is compared. */
  readonly without: readonly RegExp[];
  /** JSON bodies are compared by their keys only. */
  readonly keysOnly: boolean;
  /** Lines of a body are compared sorted, without commas between them: the original tells leaves in the order in which they end. */
  readonly anyOrder: boolean;
  /** Why our answer differs; null: it must not. */
  readonly differs: string | null;
}

export interface GrpcCallRow {
  readonly descriptor: DescMethod;
  readonly requests: readonly object[];
  /** The stream of requests stays open until so many answers have come: the original gives none after its end. */
  readonly answers: number;
}

export type RowOptions = Partial<Omit<Row, "name" | "method" | "path" | "listener">>;

type Rows = (name: string, line: string, options?: RowOptions) => Row;

/** Rows of a listener, by their request line: `POST /predictions/echo`. */
export function rowsOn(listener: ListenerName, defaults: RowOptions = {}): Rows {
  return (name, line, options = {}) => {
    const [method = "GET", path = "/"] = line.split(" ");
    return {
      name,
      server: "open",
      listener,
      method,
      path,
      headers: {},
      body: null,
      raw: null,
      call: null,
      times: 1,
      distinct: false,
      within: 0,
      limit: 40_000,
      without: [],
      keysOnly: false,
      anyOrder: false,
      differs: null,
      ...defaults,
      ...options,
    };
  };
}

type Calls = <M extends DescMethod>(
  name: string,
  descriptor: M,
  requests: MessageInitShape<M["input"]> | readonly MessageInitShape<M["input"]>[],
  options?: RowOptions & { readonly answers?: number },
) => Row;

/** Rows of a listener that speaks gRPC. */
export function callsOn(listener: ListenerName, defaults: RowOptions = {}): Calls {
  const rows = rowsOn(listener, defaults);
  return (name, descriptor, requests, { answers = 1, ...options } = {}) => ({
    ...rows(name, `gRPC ${descriptor.parent.name}/${descriptor.name}`, options),
    call: { descriptor, answers, requests: Array.isArray(requests) ? requests : [requests] },
  });
}

/** A body of JSON and its type. */
export function json(value: unknown): { readonly headers: Record<string, string>; readonly body: string } {
  return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) };
}

/** A body of this type. */
export function typed(type: string, body: string | Uint8Array) {
  return { headers: { "Content-Type": type }, body };
}

interface Part {
  readonly name: string;
  readonly value: string;
  readonly type?: string;
  readonly file?: string;
}

/** A form of several parts. */
export function multipart(...parts: readonly Part[]) {
  const boundary = "------a-line-between";
  const lines = parts.flatMap(({ name, value, type, file }) => [
    `--${boundary}`,
    `Content-Disposition: form-data; name="${name}"${file ? `; filename="${file}"` : ""}`,
    ...(type ? [`Content-Type: ${type}`] : []),
    "",
    value,
  ]);
  return typed(`multipart/form-data; boundary=${boundary}`, [...lines, `--${boundary}--`, ""].join("\r\n"));
}
