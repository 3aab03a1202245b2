// Names of classes, from `index_to_name.json` in the archive.
// Source: TorchServe, `ts/utils/util.py`, `load_label_mapping` and `map_class_to_label`.
import type { HandlerFiles } from "../handler-context.ts";

const fileName = "index_to_name.json";

/** The name of a class; its number where the archive gives it none. */
export type Labels = (index: number) => string;

/** Takes `{"0": "cat"}`, `{"0": ["n02123045", "cat"]}` (the last counts) and `{"object_type_names": ["cat"]}`. Throws for others. */
export function readLabels(files: HandlerFiles): Labels {
  if (!files.has(fileName)) return String;
  const json: unknown = JSON.parse(files.text(fileName));
  if (typeof json !== "object" || json === null) throw new TypeError(`${fileName} must hold an object`);
  const listed = "object_type_names" in json ? json.object_type_names : json;
  const names = new Map(Object.entries(listed ?? {}).map(([index, name]) => [index, nameOf(index, name)]));
  return (index) => names.get(String(index)) ?? String(index);
}

function nameOf(index: string, value: unknown): string {
  const name: unknown = Array.isArray(value) ? value.at(-1) : value;
  if (typeof name !== "string")
    throw new TypeError(`${fileName}: the name of class ${JSON.stringify(index)} must be text`);
  return name;
}

/** The likeliest classes with their probabilities, likeliest first. */
export function likeliest(probabilities: readonly number[], count: number, labels: Labels): Map<string, number> {
  const order = probabilities.map((_, index) => index);
  order.sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0));
  return new Map(order.slice(0, count).map((index) => [labels(index), probabilities[index] ?? 0]));
}
