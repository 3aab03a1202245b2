// Where an ONNX engine takes its model from: a path, or bytes in memory with the weights kept apart.
import { posix } from "node:path";
import { EngineLoadError } from "../engine-error.ts";
import type { ModelFiles } from "../model-files.ts";
import { externalLocations, MalformedModelError } from "./external-data.ts";

export interface ExternalData {
  /** As the model file names it. */
  readonly location: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type OnnxSource =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array<ArrayBuffer>; readonly external: readonly ExternalData[] };

/**
 * The path of `file`, or its bytes where it has none. From a path onnxruntime itself refuses weights outside of the folder,
 * behind symbolic links too. For bytes it would look for them in the working directory of the process, so they are found here,
 * among the model's files only. Throws `EngineLoadError`: `load-failed` or `external-data`, and what `files` throws.
 */
export async function readOnnxSource(model: string, file: string, files: ModelFiles): Promise<OnnxSource> {
  const path = files.path(file);
  if (path !== null) return { kind: "path", path };
  if (files.size(file) === null)
    throw new EngineLoadError("load-failed", { model, reason: `there is no file '${file}'` });
  const bytes = await files.read(file);
  const external: ExternalData[] = [];
  for (const location of locationsIn(model, bytes)) {
    const name = nameOf(model, file, location);
    if (files.size(name) === null) {
      throw new EngineLoadError("external-data", { model, location, problem: "there is no such file in the model" });
    }
    external.push({ location, bytes: await files.read(name) });
  }
  return { kind: "bytes", bytes, external };
}

function locationsIn(model: string, bytes: Uint8Array): string[] {
  try {
    return externalLocations(bytes);
  } catch (error) {
    if (!(error instanceof MalformedModelError)) throw error;
    throw new EngineLoadError("load-failed", { model, reason: error.message }, error);
  }
}

/** Locations are relative to the folder of the model file (onnx.proto, `external_data`). */
export function nameOf(model: string, file: string, location: string): string {
  const name = posix.join(posix.dirname(file), location);
  if (location === "" || posix.isAbsolute(location) || name === ".." || name.startsWith("../")) {
    throw new EngineLoadError("external-data", { model, location, problem: "this is outside of the model" });
  }
  return name;
}
