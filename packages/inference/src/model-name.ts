// Which names a model may have: they appear in URLs, in file names and in logs.

const pattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** As torch-model-archiver checks them, and no longer than 128 characters. */
export function isModelName(text: string): boolean {
  return pattern.test(text);
}
