// The files of a model that is not sealed, measured once and read from memory only: what is served is what was measured.
import { createHash } from "node:crypto";
import type { ModelDefinition, ModelFiles } from "@sealserve/engines";
import { equalBytes } from "@sealserve/primitives";
import { type FileContent, merkleRoot } from "@sealserve/sealing";
import { KeyRefusedError } from "../sealed/key-refused-error.ts";

export interface MeasuredModel {
  readonly definition: ModelDefinition;
  /** 32 bytes, see `merkleRoot`. */
  readonly root: Uint8Array;
}

/** Reads every file. Engines get bytes, never a path whose file could be exchanged in between. */
export async function measureModel(definition: ModelDefinition): Promise<MeasuredModel> {
  const { name, version, files } = definition;
  const contents: FileContent[] = [];
  for (const path of files.list()) {
    const bytes = await files.read(path);
    contents.push({ path, size: bytes.length, sha256: sha256(bytes) });
  }
  const root = merkleRoot({ name, version }, contents);
  return { definition: { ...definition, files: provedFiles(name, files, contents) }, root };
}

function provedFiles(model: string, files: ModelFiles, contents: readonly FileContent[]): ModelFiles {
  const measured = new Map(contents.map((content) => [content.path, content]));
  return {
    list: () => files.list(),
    size: (name) => measured.get(name)?.size ?? null,
    path: () => null,
    async read(name) {
      const bytes = await files.read(name);
      const expected = measured.get(name)?.sha256;
      if (!expected || !equalBytes(sha256(bytes), expected)) {
        throw new KeyRefusedError("file-changed", { model, file: name });
      }
      return bytes;
    },
    close: async () => files.close?.(),
  };
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}
