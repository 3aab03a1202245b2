// The closed list of what can be wrong with a model store, an archive or a model's configuration, each with its facts.
import type { WorkflowGraphFault } from "@sealserve/inference";
import { CodedError } from "@sealserve/primitives";

/** An entry of an archive that makes the whole archive refused. */
interface EntryFacts {
  readonly archive: string;
  readonly entry: string;
}

/** Facts of each code. Sizes are bytes; lines and columns count from 1. */
export interface LayoutErrorFacts {
  // The store.
  "store-unusable": { readonly folder: string; readonly problem: string };
  "duplicate-model": { readonly model: string; readonly locations: readonly [string, string] };
  // A file of a model.
  "file-missing": { readonly location: string; readonly file: string; readonly found: readonly string[] };
  "file-unreadable": { readonly location: string; readonly file: string; readonly problem: string };
  "too-many-files": { readonly location: string; readonly limit: number };
  // A sealed model.
  "identity-missing": { readonly location: string };
  "label-mismatch": { readonly location: string; readonly expected: string; readonly found: string };
  // An archive as a whole.
  "archive-malformed": { readonly archive: string; readonly problem: string };
  "archive-changed": { readonly archive: string };
  "archive-too-large": { readonly archive: string; readonly limit: number; readonly found: number };
  "too-many-entries": { readonly archive: string; readonly limit: number; readonly found: number };
  "manifest-missing": { readonly archive: string };
  "manifest-malformed": {
    readonly archive: string;
    readonly problem: string;
    /** `name`: all that is wrong is that it names no model. */
    readonly fault: "syntax" | "name" | "form";
  };
  // An entry of an archive.
  "entry-path": EntryFacts & { readonly problem: string };
  "entry-type": EntryFacts & { readonly problem: string };
  "entry-duplicate": EntryFacts & { readonly other: string };
  "entry-encrypted": EntryFacts;
  "entry-compression": EntryFacts & { readonly method: number };
  "entry-ratio": EntryFacts & { readonly limit: number; readonly found: number };
  "entry-overlap": EntryFacts & { readonly other: string };
  "entry-malformed": EntryFacts & { readonly problem: string };
  "entry-size": EntryFacts & { readonly expected: number; readonly found: number };
  "entry-checksum": EntryFacts;
  // A configuration.
  "config-syntax": {
    readonly location: string;
    readonly line: number;
    readonly column: number;
    readonly problem: string;
  };
  "config-value": {
    readonly location: string;
    readonly field: string;
    readonly expected: string;
    readonly found: string;
  };
  "config-unsupported": { readonly location: string; readonly field: string; readonly instead: string };
  "runtime-unsupported": { readonly location: string; readonly runtime: string };
  // A workflow archive.
  "workflow-malformed": { readonly archive: string; readonly problem: string };
  /** `nodes`: those that make the fault. */
  "workflow-graph": { readonly archive: string; readonly fault: WorkflowGraphFault; readonly nodes: readonly string[] };
  // Packing.
  "model-name": { readonly name: string };
  "archive-exists": { readonly archive: string };
}

export type LayoutErrorCode = keyof LayoutErrorFacts;

const sentences: { readonly [C in LayoutErrorCode]: (facts: LayoutErrorFacts[C]) => string } = {
  "store-unusable": (f) => `the model store ${f.folder} ${f.problem}`,
  "duplicate-model": (f) =>
    `two models are named '${f.model}': ${f.locations[0]} and ${f.locations[1]}; rename or remove one of them`,
  "file-missing": (f) => `${f.location} has no file '${f.file}'; it has ${names(f.found)}`,
  "file-unreadable": (f) => `${f.location}: file '${f.file}' cannot be read: ${f.problem}`,
  "too-many-files": (f) => `${f.location} has more than ${f.limit} files`,
  "identity-missing": (f) =>
    `${f.location} is sealed, and this server has no identity to open it with; give 'identity' in the configuration`,
  "label-mismatch": (f) =>
    `${f.location} holds ${f.found}, but is named as ${f.expected}; sealed archives are named MODEL@VERSION.mar.age`,
  "archive-malformed": (f) => `${f.archive} is not an intact archive: ${f.problem}`,
  "archive-changed": (f) => `${f.archive} changed while it was being read; load the model again`,
  "archive-too-large": (f) => `${f.archive} holds ${f.found} bytes unpacked, at most ${f.limit} are allowed`,
  "too-many-entries": (f) => `${f.archive} has ${f.found} entries, at most ${f.limit} are allowed`,
  "manifest-missing": (f) => `${f.archive} has no MAR-INF/MANIFEST.json; make model archives with 'sealserve pack'`,
  "manifest-malformed": (f) => `${f.archive}: MAR-INF/MANIFEST.json ${f.problem}`,
  "entry-path": (f) => `${entry(f)} ${f.problem}`,
  "entry-type": (f) => `${entry(f)} is ${f.problem}; only files and directories are allowed`,
  "entry-duplicate": (f) => `${entry(f)} has the same name as entry ${quoted(f.other)}`,
  "entry-encrypted": (f) => `${entry(f)} is encrypted by zip; only plain entries are allowed`,
  "entry-compression": (f) =>
    `${entry(f)} uses compression method ${f.method}; only 0 (stored) and 8 (deflate) are allowed`,
  "entry-ratio": (f) =>
    `${entry(f)} claims to unpack to ${f.found} times its size, at most ${f.limit} times is allowed; store it without compression`,
  "entry-overlap": (f) => `${entry(f)} shares bytes with entry ${quoted(f.other)}`,
  "entry-malformed": (f) => `${entry(f)}: ${f.problem}`,
  "entry-size": (f) =>
    `${entry(f)} promises ${f.expected} bytes, but unpacks to ${f.found}${f.found > f.expected ? " or more" : ""}`,
  "entry-checksum": (f) => `${entry(f)} does not match its checksum`,
  "config-syntax": (f) => `${f.location}:${f.line}:${f.column}: ${f.problem}`,
  "config-value": (f) => `${f.location}: '${f.field}' must be ${f.expected}, but is ${f.found}`,
  "config-unsupported": (f) => `${f.location}: '${f.field}' is not supported; ${f.instead}`,
  "runtime-unsupported": (f) =>
    `${f.location}: handlers of runtime '${f.runtime}' are not supported; pack a Python handler with runtime 'python', one in TypeScript or JavaScript with runtime 'node', or an .onnx file without a handler`,
  "workflow-malformed": (f) => `${f.archive}: WAR-INF/MANIFEST.json ${f.problem}`,
  "workflow-graph": (f) =>
    `${f.archive}: the workflow ${graphFaults[f.fault]}${f.nodes.length === 0 ? "" : `: ${names(f.nodes)}`}`,
  "model-name": (f) =>
    `'${f.name}' cannot name a model; a name begins with a letter or digit and has at most 128 letters, digits, '.', '_' and '-'`,
  "archive-exists": (f) => `${f.archive} exists already; give --force to replace it`,
};

const graphFaults: Readonly<Record<WorkflowGraphFault, string>> = {
  "several-roots": "needs exactly one node without parents",
  "self-loop": "has a node that is its own child",
  cycle: "goes round in a circle",
  "unknown-node": "has nodes that are neither under 'models' nor functions of a handler",
};

function names(list: readonly string[]): string {
  const shown = list.slice(0, 10).map(quoted).join(", ");
  return list.length > 10 ? `${shown} and ${list.length - 10} more` : shown || "no files";
}

/** Names come from strangers: control characters would forge lines of a log. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}

function entry(facts: EntryFacts): string {
  return `${facts.archive}: entry ${quoted(facts.entry)}`;
}

/** A model store, archive or configuration that is refused; nothing of it was written anywhere. */
export class LayoutError<C extends LayoutErrorCode = LayoutErrorCode> extends CodedError<C, LayoutErrorFacts[C]> {
  constructor(code: C, facts: LayoutErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "LayoutError";
  }
}

/** The union of all layout errors, so that a `switch` on `code` narrows `facts`. */
export type AnyLayoutError = { [C in LayoutErrorCode]: LayoutError<C> }[LayoutErrorCode];

export function isLayoutError(thrown: unknown): thrown is AnyLayoutError {
  return thrown instanceof LayoutError;
}
