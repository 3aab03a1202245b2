// Gives a text from the environment or a command line the type that its setting takes.
import { parse } from "yaml";
import type { Setting } from "./schema-settings.ts";

/** The text itself where the setting takes text, else what it would mean in the file: a number, a truth value, a list. */
export function scalarFor(setting: Setting, text: string): unknown {
  if (setting.accepts(text)) return text;
  try {
    const value: unknown = parse(text, { logLevel: "silent" });
    // An empty text is no value, but `null` is one.
    return value === null && text !== "null" ? text : value;
  } catch {
    return text; // Not YAML either: the schema will say what is allowed instead.
  }
}
