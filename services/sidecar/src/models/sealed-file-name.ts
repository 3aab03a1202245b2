// What the name of a sealed file says of the model in it, as in a model store.

export interface SealedFileName {
  readonly model: string;
  readonly version: string;
  /** Without version and `.age`: the path that counts in the model's root. */
  readonly inner: string;
}

/** `name.onnx.age`, `name@2.0.mar.age`, `name.bin.age`; null for another name. Without a version it is 1.0 for an archive, else 1. */
export function sealedFileName(entry: string): SealedFileName | null {
  const [, model = "", given, kind = ""] = /^([^@]+?)(?:@([^@]+))?\.([A-Za-z0-9_]+)\.age$/.exec(entry) ?? [];
  if (model === "") return null;
  return { model, version: given ?? (kind === "mar" ? "1.0" : "1"), inner: `${model}.${kind}` };
}
