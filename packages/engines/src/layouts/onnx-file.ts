// A model store entry `name.onnx`: a model of one version, without any configuration.
import { basename, dirname } from "node:path";
import { definitionDefaults } from "./definition-defaults.ts";
import { fileStamp } from "./file-stamp.ts";
import { folderFiles } from "./folder-files.ts";
import { openedAs } from "./opened-as.ts";
import type { OpenedAs, ScannedVersion } from "./scanned-model.ts";

/** The version of a model whose layout has none. */
const version = "1";

/** Weights beside the model bear its name: `ocr.onnx.data`, `ocr.onnx_data`. */
export function isExternalData(name: string): boolean {
  return /\.onnx[._]/.test(name);
}

export function onnxFileVersions(name: string, path: string): readonly ScannedVersion[] {
  const folder = dirname(path);
  const file = basename(path);
  const belongs = (other: string) => other === file || (other.startsWith(file) && isExternalData(other));
  const open = async (_: AbortSignal, as?: OpenedAs) => {
    const files = await folderFiles({ folder, boundary: folder, belongs });
    const engine = { kind: "onnx", file } as const;
    return openedAs({ ...definitionDefaults, name, version, layout: "onnx-file", location: path, files, engine }, as);
  };
  return [{ version, item: { location: path, open, stamp: () => fileStamp([path]) } }];
}
