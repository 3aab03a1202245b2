// The repository index as JSON (Triton, model repository extension).
import { InferenceError } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { JsonReader, JsonWriter } from "../json/index.ts";
import { cannotParse, present, readList, readMembers, readText } from "./fields.ts";

export interface IndexArguments {
  /** Only models that are ready. */
  readonly ready: boolean;
}

export interface IndexEntry {
  readonly name: string;
  readonly version?: string;
  readonly state?: RepositoryState;
  /** Why it is not ready. */
  readonly reason?: string;
}

const states = ["UNKNOWN", "READY", "UNAVAILABLE", "LOADING", "UNLOADING"] as const;

export type RepositoryState = (typeof states)[number];

export function writeIndexArguments(args: IndexArguments): Bytes {
  const writer = new JsonWriter();
  writer.beginObject();
  writer.key("ready");
  writer.boolean(args.ready);
  writer.endObject();
  return writer.whole();
}

/** An empty body asks for all. Throws `malformed`. */
export function readIndexArguments(body: Bytes): IndexArguments {
  if (body.length === 0) return { ready: false };
  const reader = new JsonReader(body);
  let ready = false;
  readMembers(reader, "request", (key) => {
    if (key !== "ready") return false;
    const kind = reader.peek();
    if (kind !== "true" && kind !== "false") {
      throw new InferenceError("malformed", { problem: "Invalid value for 'ready': expected a boolean" });
    }
    ready = reader.boolean();
    return true;
  });
  reader.end();
  return { ready };
}

export function writeIndex(entries: readonly IndexEntry[]): readonly Bytes[] {
  const writer = new JsonWriter();
  writer.beginArray();
  for (const { name, version, state, reason } of entries) {
    writer.beginObject();
    for (const [key, value] of Object.entries({ name, version, state, reason })) {
      if (value === undefined) continue;
      writer.key(key);
      writer.string(value);
    }
    writer.endObject();
  }
  writer.endArray();
  return writer.chunks();
}

/** Throws `malformed`. */
export function readIndex(body: Bytes): IndexEntry[] {
  const reader = new JsonReader(body);
  const entries = readList(reader, "models", () => readEntry(reader));
  reader.end();
  return entries;
}

function readEntry(reader: JsonReader): IndexEntry {
  const texts = new Map<string, string>();
  readMembers(reader, "models", (key) => {
    if (!["name", "version", "state", "reason"].includes(key)) return false;
    texts.set(key, readText(reader, key));
    return true;
  });
  const name = present(texts.get("name") ?? null, "name");
  const version = texts.get("version");
  const state = texts.get("state");
  const reason = texts.get("reason");
  return {
    name,
    ...(version === undefined ? undefined : { version }),
    ...(state === undefined ? undefined : { state: readState(state) }),
    ...(reason === undefined ? undefined : { reason }),
  };
}

function readState(text: string): RepositoryState {
  const state = states.find((known) => known === text);
  if (state) return state;
  throw cannotParse("state", `it is none of ${states.join(", ")}`);
}

export interface RepositoryModel {
  readonly model: string;
  /** The names of what was given beside it, such as `config`. */
  readonly parameters: readonly string[];
}

/** For a client, which has nothing to say beside the model: the names, each with `true`. */
export function writeChangeArguments(parameters: readonly string[]): Bytes {
  const writer = new JsonWriter();
  writer.beginObject();
  writer.key("parameters");
  writer.beginObject();
  for (const name of parameters) {
    writer.key(name);
    writer.boolean(true);
  }
  writer.endObject();
  writer.endObject();
  return writer.whole();
}

/** Values are passed over: which of them is taken at all goes by the name. Throws `malformed`. */
export function readChangeArguments(body: Bytes): readonly string[] {
  if (body.length === 0) return [];
  const reader = new JsonReader(body);
  const names: string[] = [];
  readMembers(reader, "request", (key) => {
    if (key !== "parameters") return false;
    readMembers(reader, "parameters", (name) => {
      names.push(name);
      return false;
    });
    return true;
  });
  reader.end();
  return names;
}
