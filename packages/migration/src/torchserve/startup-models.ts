// Which models TorchServe starts with, and with what: `load_models`, `models=` and the `model_snapshot` of a snapshot.
import { MigrationError } from "../migration-error.ts";

/** An archive of the model store, or its URL, and the name it goes by where one was given. */
export interface ModelToLoad {
  readonly name: string | null;
  readonly url: string;
}

/** `all`: every archive of the model store. As `--models` writes it: `a.mar`, `b=c.mar`, separated by commas or spaces. */
export function readLoadModels(text: string): "all" | readonly ModelToLoad[] {
  const parts = text.split(/[,\s]+/).filter((part) => part !== "");
  if (parts.some((part) => part.toLowerCase() === "all")) return "all";
  return parts.map((part) => {
    const [, name, url = part] = /^([^=/]+)=(.+)$/.exec(part) ?? [];
    return { name: name ?? null, url };
  });
}

/** What is said of one version of a model; delays are milliseconds, time-outs seconds. */
export interface StartupModel {
  readonly name: string;
  readonly version: string;
  readonly defaultVersion: boolean;
  readonly marName: string;
  readonly minWorkers?: number;
  readonly maxWorkers?: number;
  readonly batchSize?: number;
  readonly maxBatchDelay?: number;
  readonly responseTimeout?: number;
  readonly startupTimeout?: number;
  readonly runtimeType?: string;
  readonly parallelLevel?: number;
}

const numbers = [
  "minWorkers",
  "maxWorkers",
  "batchSize",
  "maxBatchDelay",
  "responseTimeout",
  "startupTimeout",
  "parallelLevel",
] as const;

/** The value of `models`, or the member `models` of `model_snapshot`: name → version → settings. Throws `value-refused`. */
export function readStartupModels(key: string, document: unknown): readonly StartupModel[] {
  return Object.entries(object(key, document)).flatMap(([name, versions]) =>
    Object.entries(object(`${key}.${name}`, versions)).map(([version, settings]) =>
      startupModel(`${key}.${name}.${version}`, { name, version }, object(`${key}.${name}.${version}`, settings)),
    ),
  );
}

function startupModel(
  key: string,
  which: { readonly name: string; readonly version: string },
  { defaultVersion, marName, runtimeType, ...others }: Readonly<Record<string, unknown>>,
): StartupModel {
  if (typeof marName !== "string" || marName === "") throw refused(`${key}.marName`, marName, "the name of an archive");
  const given = numbers.flatMap((name) => {
    const value = others[name];
    return value === undefined || value === null ? [] : [[name, count(`${key}.${name}`, value)] as const];
  });
  return {
    ...which,
    defaultVersion: defaultVersion === true,
    marName,
    ...(typeof runtimeType === "string" ? { runtimeType } : {}),
    ...Object.fromEntries(given),
  };
}

function count(key: string, value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw refused(key, value, "a whole number from 0 up");
}

function object(key: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refused(key, value, "an object");
}

function refused(key: string, value: unknown, allowed: string): MigrationError {
  const found = (JSON.stringify(value) ?? "nothing").slice(0, 100);
  return new MigrationError("value-refused", { key, found, allowed });
}
