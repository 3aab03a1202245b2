// Reads a configuration file: its values, and the line of each.
import { readFileSync } from "node:fs";
import { reasonOf } from "@sealserve/primitives";
import { isMap, isNode, LineCounter, parseDocument } from "yaml";
import type { ConfigFault } from "./config-error.ts";
import { ConfigTree } from "./config-tree.ts";
import type { KeyPath } from "./schema-settings.ts";

/** An empty tree where the file is null, or where `faults` says what is wrong with it. */
export function readYamlFile(file: string | null, faults: ConfigFault[]): ConfigTree {
  const nothing = new ConfigTree({}, () => null);
  if (file === null) return nothing;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    faults.push({ kind: "unreadable", file, reason: reasonOf(error) });
    return nothing;
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  for (const { pos, message } of [...document.errors, ...document.warnings]) {
    faults.push({ kind: "syntax", file, line: lines.linePos(pos[0]).line, reason: message });
  }
  if (document.errors.length > 0 || document.contents === null) return nothing;
  if (!isMap(document.contents)) {
    faults.push({ kind: "syntax", file, line: 1, reason: "the file must hold keys with values" });
    return nothing;
  }
  const lineOf = (path: KeyPath) => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return null;
  };
  try {
    return new ConfigTree(document.toJS(), (path) => {
      const line = lineOf(path);
      return line === null ? null : { kind: "file", file, line };
    });
  } catch (error) {
    // Aliases that would grow without bound.
    faults.push({ kind: "syntax", file, line: 1, reason: reasonOf(error) });
    return nothing;
  }
}
