// All that a start needs to know: which configuration, which model store, what they mean.
import { existsSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import {
  type LaunchOptions,
  launchSettings,
  MigrationError,
  type PropertyWarning,
  readProperties,
  type TorchserveProperties,
} from "@sealserve/migration";
import { loadConfig } from "@sealserve/server";
import { type ServeConfig, serveConfig } from "../serve-config.ts";
import { UsageError } from "../usage-error.ts";
import type { Environment } from "./environment.ts";
import { type FoundConfiguration, findConfiguration } from "./find-configuration.ts";
import { checkStartup } from "./startup-models.ts";
import type { TorchserveFlags } from "./torchserve-flags.ts";

export interface Launch {
  readonly config: ServeConfig;
  readonly properties: TorchserveProperties;
  /** The file's own words, as a snapshot repeats them. */
  readonly text: string;
  /** Where the configuration was found; null: nowhere. */
  readonly path: string | null;
  readonly warnings: readonly PropertyWarning[];
}

export interface ReadLaunchParts {
  readonly environment: Environment;
  /** The folder in which the command was given. */
  readonly folder: string;
  /** Where snapshots lie; null: none is looked for. */
  readonly snapshots: string | null;
}

/** Throws `UsageError` in the original's words, `ConfigError`. */
export function readLaunch(flags: TorchserveFlags, parts: ReadLaunchParts): Launch {
  const { environment, folder } = parts;
  const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path));
  for (const [flag, file] of [
    ["--log-config", flags.logConfig],
    ["--cpp-log-config", flags.cppLogConfig],
  ] as const) {
    if (file !== undefined && !existsSync(absolute(file)))
      throw new UsageError(`${flag} file not found: ${absolute(file)}`);
  }
  const found = findConfiguration(flags, parts);
  const { text, path } = found;
  const { properties, warnings, settings } = meaningOf(found, environment, (read) => {
    const modelStore = flags.modelStore ?? read.model_store;
    if (modelStore === undefined) throw new UsageError("Missing mandatory parameter --model-store");
    checkFolder("--model-store", absolute(modelStore), modelStore);
    const workflowStore = flags.workflowStore ?? read.workflow_store;
    if (workflowStore !== undefined) checkFolder("--workflow-store", absolute(workflowStore), workflowStore);
    return {
      modelStore: absolute(modelStore),
      ...(workflowStore === undefined ? {} : { workflowStore: absolute(workflowStore) }),
      keyFile: absolute("key_file.json"),
      disableTokens: flags.disableTokenAuth === true || environment["TS_DISABLE_TOKEN_AUTHORIZATION"] === "true",
      enableModelApi: flags.enableModelApi === true || environment["TS_ENABLE_MODEL_API"] === "true",
      absolute,
    };
  });
  const config = loadConfig(serveConfig, { file: null, env: environment, flags: settings });
  return { config, properties, text, path, warnings: [...warnings, ...flagWarnings(flags)] };
}

function meaningOf(
  { text, path, isSnapshot }: FoundConfiguration,
  environment: Environment,
  optionsOf: (properties: TorchserveProperties) => LaunchOptions,
) {
  try {
    const { properties, warnings } = readProperties(text, environment);
    checkStartup(properties);
    const meaning = launchSettings(properties, optionsOf(properties));
    return { properties, settings: meaning.settings, warnings: [...warnings, ...meaning.warnings] };
  } catch (error) {
    if (!(error instanceof MigrationError)) throw error;
    const hint = isSnapshot ? "; remove this snapshot, or start with --ncs or --ts-config" : "";
    throw new UsageError(`${path}: ${error.message}${hint}`, error);
  }
}

function checkFolder(flag: string, path: string, written: string): void {
  if (!existsSync(path) || !statSync(path).isDirectory())
    throw new UsageError(`${flag} directory not found: ${written}`);
}

function flagWarnings(flags: TorchserveFlags): readonly PropertyWarning[] {
  const nothing = (flag: string, given: unknown, why: string): readonly PropertyWarning[] =>
    given === undefined ? [] : [{ key: flag, problem: `it changes nothing: ${why}` }];
  return [
    ...nothing("--log-config", flags.logConfig, "logging is not by Log4j"),
    ...nothing("--cpp-log-config", flags.cppLogConfig, "there is no C++ backend"),
    ...nothing("--plugins-path", flags.pluginsPath, "plug-ins of TorchServe are Java"),
  ];
}
