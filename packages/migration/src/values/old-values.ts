// The values of BigDL PPML's chart trusted-dl-serving-service 1.1: its keys, and what each may be.
import { reasonOf } from "@sealserve/primitives";
import { isMap, parseDocument } from "yaml";
import { MigrationError } from "../migration-error.ts";

/** Keys that were not given are missing. */
export interface OldValues {
  readonly imageName?: string;
  readonly nfsServerIp?: string;
  readonly nfsPath?: string;
  readonly TEEMode?: "sgx" | "tdx" | "native";
  readonly PCCSUrl?: string;
  readonly backendNum?: number;
  readonly modelName?: string;
  readonly inferencePort?: number;
  readonly managementPort?: number;
  readonly metricsPort?: number;
  readonly backendPort?: number;
  readonly istioTLSEnabled?: boolean;
  readonly modelDecryption?: boolean;
  readonly aesKey?: string;
  readonly tlsEnable?: boolean;
  readonly savedOnDisk?: boolean;
  readonly securedDir?: string;
}

export interface ReadOldValues {
  readonly values: OldValues;
  /** Keys that the old chart did not have. */
  readonly unknown: readonly string[];
}

interface Kind {
  readonly allowed: string;
  /** Undefined: not this kind. */
  read(value: unknown): unknown;
}

const text: Kind = {
  allowed: "a text",
  read: (value) => (typeof value === "string" ? value : undefined),
};
const truth: Kind = {
  allowed: "true or false",
  read: (value) => (typeof value === "boolean" ? value : undefined),
};
const mode: Kind = {
  allowed: "sgx, tdx or native",
  read: (value) => (value === "sgx" || value === "tdx" || value === "native" ? value : undefined),
};

function whole(least: number, most: number): Kind {
  return {
    allowed: `a whole number from ${least} to ${most}`,
    read(value) {
      // The old chart did not say of which type its ports were: a text of digits was one too.
      const number = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value;
      return Number.isInteger(number) && Number(number) >= least && Number(number) <= most ? number : undefined;
    },
  };
}

/** Any but one, where a listener of ours tells health and metrics. */
function portBut(taken: number): Kind {
  const port = whole(1, 65_535);
  return {
    allowed: `${port.allowed}, but ${taken}, where health and metrics are now`,
    read: (value) => (Number(value) === taken ? undefined : port.read(value)),
  };
}

const frontendPort = portBut(9002);

const kinds: { readonly [K in keyof Required<OldValues>]: Kind } = {
  imageName: text,
  nfsServerIp: text,
  nfsPath: text,
  TEEMode: mode,
  PCCSUrl: text,
  backendNum: whole(0, 1000),
  modelName: text,
  inferencePort: frontendPort,
  managementPort: frontendPort,
  metricsPort: frontendPort,
  backendPort: portBut(9001),
  istioTLSEnabled: truth,
  modelDecryption: truth,
  aesKey: text,
  tlsEnable: truth,
  savedOnDisk: truth,
  securedDir: text,
};

/** Throws `MigrationError`. */
export function parseOldValues(yaml: string): ReadOldValues {
  const given = keysOf(yaml);
  const values: Record<string, unknown> = {};
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(given)) {
    const kind = Object.hasOwn(kinds, key) ? kinds[key as keyof OldValues] : undefined;
    if (!kind) unknown.push(key);
    // An empty value is as good as none.
    else if (value !== null) values[key] = readAs(key, value, kind);
  }
  return { values: values as OldValues, unknown };
}

function readAs(key: string, value: unknown, kind: Kind): unknown {
  const read = kind.read(value);
  if (read !== undefined) return read;
  throw new MigrationError("value-refused", { key, found: shown(value), allowed: kind.allowed });
}

function shown(value: unknown): string {
  return typeof value === "object" ? "a list or an object" : JSON.stringify(value).slice(0, 100);
}

function keysOf(yaml: string): Readonly<Record<string, unknown>> {
  const document = parseDocument(yaml, { prettyErrors: false });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw new MigrationError("values-unreadable", { problem: problem.message }, problem);
  if (!isMap(document.contents))
    throw new MigrationError("values-unreadable", { problem: "it must hold keys with values" });
  try {
    return document.toJS();
  } catch (error) {
    throw new MigrationError("values-unreadable", { problem: reasonOf(error) }, error);
  }
}
