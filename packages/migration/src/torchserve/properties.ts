// Reads TorchServe's config.properties: typed values by key, and a warning for each key from which nothing follows.
import { parse } from "dot-properties";
import { MigrationError } from "../migration-error.ts";
import { parseAddress, type TorchserveAddress } from "./address.ts";
import { isPropertyKey, type PropertyKey, type PropertyKind, propertyTable, variableOf } from "./property-table.ts";

type ValueOf<K extends PropertyKind> = K extends "integer" | "count" | "minutes"
  ? number
  : K extends "boolean"
    ? boolean
    : K extends "address"
      ? TorchserveAddress
      : K extends "json"
        ? unknown
        : K extends "text" | "expression"
          ? string
          : never;

/** By the names that the file uses; only what it says. */
export type TorchserveProperties = { readonly [K in PropertyKey]?: ValueOf<(typeof propertyTable)[K]> };

export interface PropertyWarning {
  readonly key: string;
  readonly problem: string;
}

export interface ReadProperties {
  readonly properties: TorchserveProperties;
  readonly warnings: readonly PropertyWarning[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `text` is the file's (Java's format: `=`, `:` or white space, continued lines, `\uXXXX`). `$$NAME$$` stands for an environment variable.
 * With `enable_envvars_config=true` a variable `TS_KEY` wins over the file; for `allowed_urls` only with `use_env_allowed_urls=true` too.
 * `TS_OPEN_INFERENCE_PROTOCOL` wins in any case: `oip`, or nothing that switches it on.
 * Throws `value-refused` and `variable-missing`.
 */
export function readProperties(text: string, environment: Environment): ReadProperties {
  const written = new Map<string, string>();
  for (const [key, value] of Object.entries(parse(text))) {
    if (typeof value === "string") written.set(key, expanded(key, value.trim(), environment));
  }
  if (isTrue(written.get("enable_envvars_config"))) override(written, environment);
  const openInference = environment["TS_OPEN_INFERENCE_PROTOCOL"];
  if (openInference) written.set("ts_open_inference_protocol", String(openInference === "oip"));
  const properties: Record<string, unknown> = {};
  const warnings: PropertyWarning[] = [];
  for (const [key, value] of written) {
    const kind: PropertyKind | undefined = isPropertyKey(key) ? propertyTable[key] : undefined;
    if (kind === undefined) warnings.push({ key, problem: "there is no such key" });
    else if (typeof kind === "object") {
      if (kind.none !== "") warnings.push({ key, problem: `it changes nothing: ${kind.none}` });
    } else if (value !== "") properties[key] = read(key, kind, value);
  }
  return { properties, warnings };
}

function override(written: Map<string, string>, environment: Environment): void {
  for (const key of Object.keys(propertyTable).filter(isPropertyKey)) {
    const value = environment[variableOf(key)];
    if (value === undefined || (key === "allowed_urls" && !isTrue(written.get("use_env_allowed_urls")))) continue;
    written.set(key, value.trim());
  }
}

function expanded(key: string, value: string, environment: Environment): string {
  return value.replace(/\$\$([^$]+)\$\$/g, (_, variable: string) => {
    const found = environment[variable];
    if (found === undefined) throw new MigrationError("variable-missing", { key, variable });
    return found;
  });
}

function read(key: string, kind: Exclude<PropertyKind, object>, value: string): unknown {
  switch (kind) {
    case "text":
      return value;
    case "integer":
      return integer(key, value);
    case "count":
      return count(key, value);
    case "minutes":
      return minutes(key, value);
    case "boolean":
      // Java's rule: everything else is false.
      return isTrue(value);
    case "address":
      return parseAddress(key, value);
    case "expression":
      return expression(key, value);
    case "json":
      return json(key, value);
  }
}

function integer(key: string, value: string): number {
  const number = Number(value);
  if (/^[+-]?\d{1,10}$/.test(value) && Math.abs(number) < 2 ** 31) return number;
  throw refused(key, value, "a whole number");
}

function count(key: string, value: string): number {
  const number = integer(key, value);
  if (number > 0) return number;
  throw refused(key, value, "a whole number above 0");
}

function minutes(key: string, value: string): number {
  if (/^\+?\d{1,9}(?:\.\d*)?$/.test(value) && Number(value) > 0) return Number(value);
  throw refused(key, value, "a number of minutes above 0");
}

function expression(key: string, value: string): string {
  try {
    new RegExp(value);
    return value;
  } catch (error) {
    throw refused(key, value, "a regular expression", error);
  }
}

function json(key: string, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (error) {
    throw refused(key, value, "JSON", error);
  }
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === "true";
}

function refused(key: string, value: string, allowed: string, cause?: unknown): MigrationError {
  return new MigrationError("value-refused", { key, found: JSON.stringify(value.slice(0, 100)), allowed }, cause);
}
