// A model store in a folder of its own, for tests.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { zipBytes } from "../../../../../conformance/fixtures/zip-writer.ts";
import type { ModelDefinition } from "../../model-definition.ts";
import { scanModelStore } from "../scan-model-store.ts";
import type { ScannedModel, ScanProblem } from "../scanned-model.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;

export class TemporaryStore implements AsyncDisposable {
  readonly folder: string;
  readonly problems: ScanProblem[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  /** A store with these files, whose names may hold folders. */
  static async with(files: Files): Promise<TemporaryStore> {
    const store = new TemporaryStore(await mkdtemp(join(tmpdir(), "store-")));
    await store.put(files);
    return store;
  }

  async put(files: Files): Promise<void> {
    for (const [name, data] of Object.entries(files)) {
      await mkdir(dirname(this.at(name)), { recursive: true });
      await writeFile(this.at(name), data);
    }
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  scan(): Promise<ReadonlyMap<string, ScannedModel>> {
    return scanModelStore(this.folder, { onProblem: (problem) => this.problems.push(problem) });
  }

  /** Names and versions of what is found. */
  async found(): Promise<Record<string, string[]>> {
    const models = [...(await this.scan())].map(([name, { versions }]) => [
      name,
      versions.map(({ version }) => version),
    ]);
    return Object.fromEntries(models);
  }

  /** Opens the oldest version. */
  async open(name: string): Promise<ModelDefinition> {
    const [oldest] = (await this.scan()).get(name)?.versions ?? [];
    assert.ok(oldest, `${name} was not found`);
    return oldest.item.open(new AbortController().signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** An archive with this manifest's model, and these files. */
export function mar(model: object, files: Readonly<Record<string, string>> = {}, runtime = "node"): Uint8Array {
  const manifest = JSON.stringify({ runtime, model });
  const entries = Object.entries({ "MAR-INF/MANIFEST.json": manifest, ...files });
  return zipBytes(entries.map(([name, data]) => ({ name, data })));
}
