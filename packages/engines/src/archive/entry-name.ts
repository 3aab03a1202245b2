// Which names an archive's entries may have: relative, of plain segments, the same for every reader.
import { strictTextOf } from "@sealserve/primitives";

export type EntryName =
  | { readonly name: string; readonly isDirectory: boolean }
  | { readonly refused: string; readonly problem: string };

const driveLetter = /^[A-Za-z]:/;
const controlCharacter = /\p{Cc}/u;

/**
 * The name of an entry, without the slash at the end of a directory; or why it is refused.
 * A name is never repaired: what one reader would repair, another would follow.
 */
export function parseEntryName(raw: Uint8Array): EntryName {
  let text: string;
  try {
    text = strictTextOf(raw);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { refused: Buffer.from(raw).toString("latin1"), problem: "has a name that is not UTF-8" };
  }
  const problem = problemOf(text);
  if (problem !== null) return { refused: text, problem };
  const isDirectory = text.endsWith("/");
  return { name: isDirectory ? text.slice(0, -1) : text, isDirectory };
}

/** Names that differ only in case or in Unicode normalisation are one file on many systems. */
export function foldedName(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

function problemOf(text: string): string | null {
  if (text === "") return "has an empty name";
  if (controlCharacter.test(text)) return "has a control character in its name";
  if (text.includes("\\")) return "has a backslash in its name";
  if (text.startsWith("/")) return "has an absolute path";
  if (driveLetter.test(text)) return "has a drive letter in its name";
  const segments = (text.endsWith("/") ? text.slice(0, -1) : text).split("/");
  if (segments.includes("..")) return "leads outside the archive with '..'";
  if (segments.some((segment) => segment === "" || segment === ".")) return "has an empty or '.' segment in its path";
  return null;
}
