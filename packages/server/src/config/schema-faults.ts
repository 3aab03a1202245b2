// Turns what a schema finds into faults: the key, what was found there, and what is allowed.
import type { z } from "zod";
import type { ConfigFault } from "./config-error.ts";
import type { ConfigTree } from "./config-tree.ts";
import { nearest } from "./nearest.ts";
import { type KeyPath, keyText, pathAlong, type Setting } from "./schema-settings.ts";

type Issue = z.core.$ZodIssue;

/** The schema's error map: says what would have been allowed. A setting's own sentence comes before it. */
export function allowed(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return nouns[issue.expected] ?? issue.expected;
    case "invalid_value":
      return issue.values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(", ");
    case "too_small":
      return issue.origin === "string"
        ? "a text that is not empty"
        : `${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    case "too_big":
      return `${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`;
    case "invalid_union":
      return [...new Set(issue.errors.flat().map((inner) => inner.message))].join(", or ");
    case "invalid_format":
      return `a text of the form ${issue.format}`;
    default:
      return "another value";
  }
}

const nouns: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object with keys",
  record: "an object with keys",
  array: "a list",
};

/** One fault for each thing that somebody has to mend. */
export function faultsOf(
  issues: readonly Issue[],
  tree: ConfigTree,
  settings: readonly Setting[],
  around: KeyPath = [],
): ConfigFault[] {
  return issues.flatMap((issue): ConfigFault[] => {
    const path = [...around, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownKey([...path, key], tree, settings));
    }
    const inside = issue.code === "invalid_union" ? issue.errors.filter(isInside) : [];
    const inner = inside.find(knowsTheKeys) ?? inside[0];
    return inner ? faultsOf(inner, tree, settings, path) : [invalidValue(path, issue, tree)];
  });
}

/** An option of a union that took the value for its own, and found fault with what is inside. */
function isInside(issues: readonly Issue[]): boolean {
  return issues.every((issue) => issue.path.length > 0 || issue.code === "unrecognized_keys");
}

/** Of several such options the one that was meant. */
function knowsTheKeys(issues: readonly Issue[]): boolean {
  return !issues.some((issue) => issue.path.length === 0 && issue.code === "unrecognized_keys");
}

function unknownKey(path: KeyPath, tree: ConfigTree, settings: readonly Setting[]): ConfigFault {
  const key = keyText(path);
  const known = new Set(
    settings
      .map((setting) => pathAlong(setting, path))
      .flatMap((own) => own.map((_, i) => keyText(own.slice(0, i + 1)))),
  );
  return { kind: "unknown-key", key, origin: tree.originOf(path) ?? { kind: "flag" }, nearest: nearest(key, known) };
}

function invalidValue(path: KeyPath, issue: Issue, tree: ConfigTree): ConfigFault {
  const value = tree.get(path);
  const hidden = issue.code === "custom" && issue.params?.["hidden"] === true;
  return {
    kind: "invalid-value",
    key: keyText(path),
    origin: value === undefined ? null : tree.originOf(path),
    found: value === undefined || hidden ? null : shorten(JSON.stringify(value)),
    allowed: issue.message,
  };
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
