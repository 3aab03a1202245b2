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

/**
 * Reads every file. Engines get bytes, never a path whose file could be exchanged in between. A configuration beside them counts as it was
 * read for the definition, and all paths are then those of the model's folder: `config.pbtxt`, `1/model.onnx`.
 */
export async function measureModel(definition: ModelDefinition): Promise<MeasuredModel> {
  const { name, version, files, configuration } = definition;
  const contents: FileContent[] = [];
  for (const path of files.list()) {
    const bytes = await files.read(path);
    contents.push({ path, size: bytes.length, sha256: sha256(bytes) });
  }
  const root = merkleRoot({ name, version }, configuration ? withConfiguration(contents, configuration) : contents);
  return { definition: { ...definition, files: provedFiles(name, files, contents) }, root };
}

function withConfiguration(
  contents: readonly FileContent[],
  { path, folder, bytes }: NonNullable<ModelDefinition["configuration"]>,
): readonly FileContent[] {
  const all = contents.map((content) => ({ ...content, path: `${folder}/${content.path}` }));
  all.push({ path, size: bytes.length, sha256: sha256(bytes) });
  return all.sort((a, b) => (a.path < b.path ? -1 : 1));
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
