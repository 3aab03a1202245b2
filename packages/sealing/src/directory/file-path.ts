// Which paths a file of a sealed directory may have, and its name when it is sealed.
import { utf8 } from "@sealserve/primitives";
import { SealingError } from "../sealing-error.ts";

/** What is added to the path of a sealed file. */
export const sealedSuffix = ".age";
/** The sealed manifest, at the top of the directory. */
export const manifestName = "manifest.age";
const maxBytes = 1024;

/** Throws `SealingError` `path-refused` for a path that leaves the directory, or that some system reads otherwise. */
export function checkFilePath(path: string): void {
  const problem = problemOf(path);
  if (problem) throw new SealingError("path-refused", { path, problem });
}

export function sealedName(path: string): string {
  return path + sealedSuffix;
}

function problemOf(path: string): string | null {
  if (path === "") return "it is empty";
  if (utf8(path).length > maxBytes) return `it is longer than ${maxBytes} bytes`;
  if (path !== path.normalize("NFC") || /\p{Cs}/u.test(path)) return "it is not text in normal form C";
  if (/[\p{Cc}\\:]/u.test(path)) return "it holds a control character, a backslash or a colon";
  if (path.split("/").some((segment) => segment === "" || segment === "." || segment === "..")) {
    return "a segment is empty, '.' or '..'";
  }
  if (sealedName(path) === manifestName) return "its sealed name is that of the manifest";
  return null;
}
