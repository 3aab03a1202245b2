// What keeps the libraries of engines from telling anybody what they run.

/**
 * onnxruntime from 1.29 on sends Microsoft the names and hashes of models and how they are used, unless this stands in the environment when
 * its first session begins (onnxruntime `docs/Privacy.md`); it then makes no uploader and no file.
 */
export const quietEnvironment = { ORT_DISABLE_TELEMETRY: "1" } as const;

/** Puts it into the environment of this process, where native code on every thread finds it. */
export function quietLibraries(): void {
  Object.assign(process.env, quietEnvironment);
}
