// A snapshot of a server: its config.properties, with the models that it runs in one value (TorchServe, `SnapshotManager.java`).
import { parse, stringify } from "dot-properties";
import type { StartupModel } from "./startup-models.ts";

export interface Snapshot {
  /** That of its file. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly models: readonly StartupModel[];
}

/** `text` is the config.properties that was read; `settings` are keys that something else than the file has set. */
export function snapshotText(text: string, settings: Readonly<Record<string, string>>, snapshot: Snapshot): string {
  const written = { ...parse(text), ...settings, model_snapshot: modelSnapshot(snapshot) };
  return `${inAscii(stringify(written, { keySep: "=", lineWidth: null }))}\n`;
}

/** Java reads such files in Latin 1, others in UTF-8. */
function inAscii(text: string): string {
  return text.replace(/[^\n\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function modelSnapshot({ name, created, models }: Snapshot): string {
  const byName: Record<string, Record<string, object>> = {};
  for (const { name: model, version, ...state } of models) {
    const versions = byName[model] ?? {};
    byName[model] = versions;
    versions[version] = state;
  }
  return JSON.stringify({ name, modelCount: models.length, created, models: byName }, null, 2);
}
