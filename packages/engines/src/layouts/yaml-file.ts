// A YAML file among the files of an archive, within bounds.
import { strictTextOf } from "@sealserve/primitives";
import { type Document, parseDocument } from "yaml";
import { LayoutError } from "../layout-error.ts";
import type { ModelFiles } from "../model-files.ts";

/** Bytes. Reading takes time by the square of its keys, in which nothing else is done: this many are half a second. */
const maxSize = 64 * 1024;

export interface YamlOptions {
  /** Mappings become `Map`s, in their order, whatever their keys are. */
  readonly mapAsMap?: true;
}

/** What it holds; an empty file holds an empty mapping. Throws `file-missing`, `config-value` where it is too long, `config-syntax`. */
export async function readYaml(
  archive: string,
  files: ModelFiles,
  name: string,
  options: YamlOptions = {},
): Promise<unknown> {
  const size = files.size(name);
  const location = `${archive}!${name}`;
  if (size === null) throw new LayoutError("file-missing", { location: archive, file: name, found: files.list() });
  if (size > maxSize) {
    const facts = { location, field: "file", expected: `at most ${maxSize} bytes`, found: `${size} bytes` };
    throw new LayoutError("config-value", facts);
  }
  const document = parsed(location, await files.read(name));
  try {
    // Aliases that multiply are refused by the library at a hundred.
    return document.toJS({ maxAliasCount: 100, ...options }) ?? (options.mapAsMap ? new Map() : {});
  } catch (error) {
    throw new LayoutError("config-syntax", { location, line: 1, column: 1, problem: "has too many aliases" }, error);
  }
}

function parsed(location: string, bytes: Uint8Array): Document {
  let text: string;
  try {
    text = strictTextOf(bytes);
  } catch (error) {
    throw new LayoutError("config-syntax", { location, line: 1, column: 1, problem: "is not UTF-8" }, error);
  }
  const document = parseDocument(text, { prettyErrors: true });
  const [fault] = document.errors;
  if (!fault) return document;
  const { line = 1, col = 1 } = fault.linePos?.[0] ?? {};
  throw new LayoutError("config-syntax", { location, line, column: col, problem: fault.code }, fault);
}
