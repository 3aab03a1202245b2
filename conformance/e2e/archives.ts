// Model archives (MAR) for tests: a manifest, a handler in TypeScript, and whatever else a test wants in them.
import { type ZipEntry, zipBytes } from "../fixtures/zip-writer.ts";

export interface ArchiveOptions {
  readonly name: string;
  readonly version?: string;
  /** Source of the handler; without one, the serialized file answers for itself, or the built-in handler of that name. */
  readonly handler?: string;
  readonly builtin?: string;
  readonly serializedFile?: Uint8Array;
  /** The model configuration, in YAML. */
  readonly config?: string;
  readonly extra?: readonly ZipEntry[];
}

export function archiveBytes(options: ArchiveOptions): Uint8Array<ArrayBuffer> {
  return zipBytes(archiveEntries(options));
}

export function archiveEntries(options: ArchiveOptions): readonly ZipEntry[] {
  const { name, version = "1.0", handler, builtin, serializedFile, config, extra = [] } = options;
  const handlerName = handler === undefined ? builtin : "handler.ts";
  const model = {
    modelName: name,
    modelVersion: version,
    ...(handlerName === undefined ? {} : { handler: handlerName }),
    ...(serializedFile === undefined ? {} : { serializedFile: "model.onnx" }),
    ...(config === undefined ? {} : { configFile: "config.yaml" }),
  };
  const manifest = { createdOn: "01/01/2026 00:00:00", runtime: "node", model, archiverVersion: "0.12.0" };
  return [
    { name: "MAR-INF/", stored: true, mode: 0o040755 },
    { name: "MAR-INF/MANIFEST.json", data: JSON.stringify(manifest) },
    ...(handler === undefined ? [] : [{ name: "handler.ts", data: handler }]),
    ...(serializedFile === undefined ? [] : [{ name: "model.onnx", data: serializedFile }]),
    ...(config === undefined ? [] : [{ name: "config.yaml", data: config }]),
    ...extra,
  ];
}
