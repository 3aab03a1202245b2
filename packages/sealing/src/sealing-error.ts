// The closed list of what can be wrong with a sealed file, a sealed directory or a key, each with its facts.
import { CodedError } from "@sealserve/primitives";

/** Facts of each code. Sizes and offsets are bytes; lines and chunks count from 1. No fact ever holds a secret. */
export interface SealingErrorFacts {
  // The header of a sealed file.
  "version-unsupported": { readonly found: string };
  "header-malformed": { readonly line: number; readonly problem: string };
  "header-too-large": { readonly limit: number };
  "armor-malformed": { readonly line: number; readonly problem: string };
  /** Where a file is read in any order. */
  "armor-unsupported": object;
  "stanza-malformed": { readonly types: readonly string[]; readonly reason: string };
  "work-factor": { readonly limit: number; readonly found: number };
  "no-identity-matched": { readonly types: readonly string[] };
  "mac-mismatch": object;
  // Its payload.
  truncated: { readonly at: number };
  "chunk-forged": { readonly chunk: number; readonly last: boolean };
  "chunk-empty": { readonly chunk: number };
  "trailing-data": { readonly at: number };
  "range-outside": { readonly offset: number; readonly length: number; readonly size: number };
  // Keys.
  "recipients-missing": object;
  "recipient-malformed": { readonly line: number; readonly reason: string };
  "identities-missing": object;
  "identity-malformed": { readonly line: number; readonly reason: string };
  "passphrase-not-alone": object;
  // A sealed directory as a whole.
  "manifest-missing": { readonly found: readonly string[] };
  "manifest-malformed": { readonly problem: string };
  "manifest-too-large": { readonly limit: number };
  "model-mismatch": {
    readonly field: "name" | "version" | "root";
    readonly expected: string;
    readonly found: string;
  };
  "label-refused": { readonly field: "name" | "version"; readonly found: string };
  // One of its files.
  "path-refused": { readonly path: string; readonly problem: string };
  "file-missing": { readonly path: string };
  "file-unlisted": { readonly path: string };
  "file-swapped": { readonly path: string };
  "file-size": { readonly path: string; readonly expected: number; readonly found: number };
  "file-digest": { readonly path: string };
  /** A listed file whose own seal is broken: `reason` is the code of the cause. */
  "file-damaged": { readonly path: string; readonly reason: SealingErrorCode };
  // Reading and writing on disk.
  "source-unreadable": { readonly path: string; readonly problem: string };
  "target-exists": { readonly path: string };
}

export type SealingErrorCode = keyof SealingErrorFacts;

/** What helps against damage on the way. */
const again = "get it again from whoever sealed it";

const sentences: { readonly [C in SealingErrorCode]: (facts: SealingErrorFacts[C]) => string } = {
  "version-unsupported": (f) =>
    `the file begins with ${quoted(f.found)}, not with "age-encryption.org/v1"; give a file that age or sealserve seal made`,
  "header-malformed": (f) => `the header of the sealed file is malformed at line ${f.line}: ${f.problem}; ${again}`,
  "header-too-large": (f) =>
    `the header of the sealed file is longer than the ${f.limit} bytes allowed; seal it to fewer recipients`,
  "armor-malformed": (f) => `the ASCII armor of the sealed file is malformed at line ${f.line}: ${f.problem}; ${again}`,
  "armor-unsupported": () =>
    "the file is in ASCII armor, which cannot be read in any order; seal it without: no -a for age, no --armor for sealserve",
  "stanza-malformed": (f) => `a stanza of the sealed file (${list(f.types)}) is malformed: ${f.reason}; ${again}`,
  "work-factor": (f) =>
    `the passphrase asks for a work factor of 2^${f.found}, at most 2^${f.limit} is allowed; seal it with less`,
  "no-identity-matched": (f) =>
    `none of the given identities opens this file; it is sealed to recipients of type ${list(f.types)}; give the identity of one of them, or seal it to yours`,
  "mac-mismatch": () =>
    `the header of the sealed file does not match its key: it was changed, or a key broker gave the key of another file; ${again}`,
  truncated: (f) => `the sealed file was cut at byte ${f.at}; ${again}`,
  "chunk-forged": (f) =>
    `chunk ${f.chunk} of the sealed file was changed${f.last ? ", or the file was cut or grew within it" : ""}; ${again}`,
  "chunk-empty": (f) =>
    `chunk ${f.chunk} ends the sealed file, but is empty; whoever sealed it does not keep to age: seal it with another program`,
  "trailing-data": (f) => `the sealed file ends at byte ${f.at}, but more bytes follow; ${again}`,
  "range-outside": (f) =>
    `${f.length} bytes at offset ${f.offset} lie outside a file of ${f.size} bytes; read within it`,
  "recipients-missing": () => "name at least one recipient; a file that nobody can open is not sealed",
  "recipient-malformed": (f) => `line ${f.line} is not a recipient (age1… or age1pq1…): ${f.reason}`,
  "identities-missing": () => "name at least one identity to open with",
  "identity-malformed": (f) =>
    `line ${f.line} is not an identity (AGE-SECRET-KEY-1… or AGE-SECRET-KEY-PQ-1…): ${f.reason}`,
  "passphrase-not-alone": () => "a passphrase cannot be joined with other recipients; seal to one or to the others",
  "manifest-missing": (f) => `the sealed directory has no manifest.age; it has ${list(f.found)}; ${again}`,
  "manifest-malformed": (f) => `the manifest of the sealed directory ${f.problem}; seal the model again`,
  "manifest-too-large": (f) =>
    `the manifest of the sealed directory is longer than the ${f.limit} bytes allowed; seal fewer files, or files with shorter names`,
  "model-mismatch": (f) =>
    `the sealed directory holds ${f.field} ${quoted(f.found)}, but ${quoted(f.expected)} is expected; give the model that is expected`,
  "label-refused": (f) =>
    `${quoted(f.found)} cannot be the ${f.field} of a model; give 1 to 256 characters without control characters`,
  "path-refused": (f) =>
    `${quoted(f.path)} cannot be a file of a sealed directory: ${f.problem}; rename it or leave it out`,
  "file-missing": (f) => `${quoted(f.path)} is listed in the manifest, but is not there; ${again}`,
  "file-unlisted": (f) => `${quoted(f.path)} is not listed in the manifest; take it away, or seal the model with it`,
  "file-swapped": (f) => `${quoted(f.path)} is not the file that was sealed under this name; ${again}`,
  "file-size": (f) => `${quoted(f.path)} has ${f.found} bytes, but its manifest says ${f.expected}; ${again}`,
  "file-digest": (f) => `${quoted(f.path)} does not have the content that its manifest names; ${again}`,
  "file-damaged": (f) => `${quoted(f.path)} cannot be opened (${f.reason})`,
  "source-unreadable": (f) => `${quoted(f.path)} cannot be read: ${f.problem}`,
  "target-exists": (f) => `${quoted(f.path)} exists already; give --force to replace it`,
};

function list(names: readonly string[]): string {
  const shown = names.slice(0, 10).map(quoted).join(", ");
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown || "none";
}

/** Names come from strangers: control characters would forge lines of a log. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}

/** A sealed file, directory or key that is refused. Nothing of a faulty chunk was released. */
export class SealingError<C extends SealingErrorCode = SealingErrorCode> extends CodedError<C, SealingErrorFacts[C]> {
  constructor(code: C, facts: SealingErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "SealingError";
  }
}

/** The union of all sealing errors, so that a `switch` on `code` narrows `facts`. */
export type AnySealingError = { [C in SealingErrorCode]: SealingError<C> }[SealingErrorCode];

export function isSealingError(thrown: unknown): thrown is AnySealingError {
  return thrown instanceof SealingError;
}
