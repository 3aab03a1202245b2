// A sealed directory in memory whose files tests can change.
import type { ModelLabel, SealedManifest } from "../directory/manifest.ts";
import { type PlainFile, sealDirectory } from "../directory/seal-directory.ts";
import type { SealedFiles } from "../directory/sealed-directory.ts";
import { sourceOf } from "../random-source.ts";
import type { Recipient } from "../recipient.ts";
import { collectBytes, streamOf } from "./streams.ts";

export interface SealedModel {
  readonly manifest: SealedManifest;
  /** By sealed name. */
  readonly files: Map<string, Uint8Array>;
}

export async function sealModel(
  contents: Readonly<Record<string, Uint8Array>>,
  recipient: Recipient,
  model: ModelLabel = { name: "reader", version: "1" },
): Promise<SealedModel> {
  const files = new Map<string, Uint8Array>();
  const plain = Object.entries(contents).map(
    ([path, bytes]): PlainFile => ({ path, open: () => streamOf(bytes, 10_000) }),
  );
  const manifest = await sealDirectory(model, plain, [recipient], {
    now: () => new Date("2026-08-01T09:30:00Z"),
    write: async (name, content) => void files.set(name, await collectBytes(content)),
  });
  return { manifest, files };
}

export function filesIn(files: ReadonlyMap<string, Uint8Array>): SealedFiles {
  return {
    list: async () => [...files.keys()],
    open: async (name) => sourceOf(files.get(name) ?? new Uint8Array()),
  };
}
