// The settings that a schema has: what can be named on a command line or in the environment.
import { z } from "zod";

/** Keys from the root, such as `["protocols", "torchserve", "inference"]`. */
export type KeyPath = readonly PropertyKey[];

export interface Setting {
  readonly path: readonly string[];
  /** Whether the schema takes `value` here as it is. */
  accepts(value: unknown): boolean;
}

/** Stands in a path for whatever key a record has there, such as the name of a model. */
export const anyKey = "*";

/**
 * Every place of `schema` that holds a value; a union of a value and an object gives both the place and those inside the object,
 * and so does a record.
 */
export function* settingsOf(schema: unknown, path: readonly string[] = []): Iterable<Setting> {
  if (schema instanceof z.ZodObject) {
    for (const [key, inner] of Object.entries(schema.shape)) yield* settingsOf(inner, [...path, key]);
  } else if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly
  ) {
    yield* settingsOf(schema.unwrap(), path);
  } else if (schema instanceof z.ZodPipe) {
    yield* settingsOf(schema.in, path);
  } else if (schema instanceof z.ZodType) {
    yield { path, accepts: (value) => schema.safeParse(value).success };
    if (schema instanceof z.ZodRecord) yield* settingsOf(schema.valueType, [...path, anyKey]);
    if (!(schema instanceof z.ZodUnion)) return;
    for (const option of schema.options) if (option instanceof z.ZodObject) yield* settingsOf(option, path);
  }
}

/** The setting's path with the keys that `path` has where a record takes any. */
export function pathAlong({ path: own }: Setting, path: KeyPath): KeyPath {
  return own.map((key, i) => (key === anyKey ? (path[i] ?? key) : key));
}

/** As people write it: `protocols.torchserve.inference`. */
export function keyText(path: KeyPath): string {
  return path.map(String).join(".");
}
