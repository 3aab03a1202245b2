// The manifest as JSON: written canonically, read strictly.
import { equalBytes, reasonOf, strictTextOf, utf8 } from "@sealserve/primitives";
import { isSealingError, SealingError } from "../sealing-error.ts";
import { checkFilePath } from "./file-path.ts";
import { fromHex, toHex } from "./hex.ts";
import type { ModelLabel, SealedEntry, SealedManifest } from "./manifest.ts";
import { merkleRoot } from "./merkle-root.ts";
import { checkModelLabel } from "./model-label.ts";

const format = "sealserve.sealed-directory/1";
/** Longest manifest read: room for about a hundred thousand files. */
export const manifestLimit = 33_554_432;

export function encodeManifest({ model, created, files, root }: SealedManifest): Uint8Array {
  const document = {
    format,
    model: { name: model.name, version: model.version },
    created: created.toISOString(),
    files: files.map(({ path, size, sha256, fileKeyName }) => ({
      path,
      size,
      sha256: toHex(sha256),
      fileKeyName: toHex(fileKeyName),
    })),
    root: toHex(root),
  };
  return utf8(`${JSON.stringify(document, null, 2)}\n`);
}

/** Throws `SealingError` `manifest-malformed`: unknown, missing or repeated fields, wrong order, or a root that does not fit. */
export function parseManifest(bytes: Uint8Array): SealedManifest {
  const manifest = readDocument(bytes);
  // What was read must be what would be written: so nothing is said twice, and nothing unread is in it.
  if (!equalBytes(encodeManifest(manifest), bytes)) throw malformed("is not in canonical form");
  checkOrder(manifest.files);
  if (!equalBytes(merkleRoot(manifest.model, manifest.files), manifest.root))
    throw malformed("has a root that is not its files'");
  return manifest;
}

function readDocument(bytes: Uint8Array): SealedManifest {
  const document = toFields(parseJson(bytes), "manifest");
  if (document["format"] !== format) throw malformed(`has another format than ${format}`);
  const model = toFields(document["model"], "model");
  const files = document["files"];
  if (!Array.isArray(files)) throw malformed("has no list of files");
  return {
    model: readLabel(model),
    created: toDate(document["created"]),
    files: files.map((file: unknown) => readEntry(toFields(file, "file"))),
    root: toDigest(document["root"], "root"),
  };
}

function readLabel(model: Fields): ModelLabel {
  const label = { name: toText(model["name"], "model.name"), version: toText(model["version"], "model.version") };
  within("names a model that is refused", () => checkModelLabel(label));
  return label;
}

function readEntry(file: Fields): SealedEntry {
  const path = toText(file["path"], "path");
  const size = file["size"];
  within("lists a path that is refused", () => checkFilePath(path));
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    throw malformed(`has no size of ${JSON.stringify(path)}`);
  return {
    path,
    size,
    sha256: toDigest(file["sha256"], "sha256"),
    fileKeyName: toDigest(file["fileKeyName"], "fileKeyName"),
  };
}

/** What a check refuses is the manifest's fault. */
function within(problem: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (isSealingError(error)) throw malformed(`${problem}: ${error.message}`, error);
    throw error;
  }
}

/** Files in strict order of path, so none twice; every file under a key of its own. */
function checkOrder(files: readonly SealedEntry[]): void {
  const keys = new Set<string>();
  let previous = "";
  for (const { path, fileKeyName } of files) {
    if (path <= previous) throw malformed(`lists ${JSON.stringify(path)} out of order or twice`);
    if (keys.has(toHex(fileKeyName))) throw malformed(`lists ${JSON.stringify(path)} under the key of another file`);
    keys.add(toHex(fileKeyName));
    previous = path;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(strictTextOf(bytes));
  } catch (error) {
    throw malformed(`is not JSON in UTF-8: ${reasonOf(error)}`, error);
  }
}

function toFields(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return Object.assign(Object.create(null), value);
  throw malformed(`has no object as ${what}`);
}

function toText(value: unknown, field: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw malformed(`has no text as ${field}`);
}

function toDate(value: unknown): Date {
  const date = new Date(typeof value === "string" ? value : Number.NaN);
  if (Number.isNaN(date.getTime())) throw malformed("has no time as created");
  return date;
}

function toDigest(value: unknown, field: string): Uint8Array {
  const bytes = typeof value === "string" ? fromHex(value) : null;
  if (bytes?.length === 32) return bytes;
  throw malformed(`has no SHA-256 in lower-case hex as ${field}`);
}

function malformed(problem: string, cause?: unknown): SealingError<"manifest-malformed"> {
  return new SealingError("manifest-malformed", { problem }, cause);
}
