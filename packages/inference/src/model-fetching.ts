// Models that lie elsewhere than in the model store: who brings them there, and the closed list of why one does not come.
import { CodedError } from "@sealserve/primitives";
import type { StoredVersion } from "./stored-version.ts";
import type { StoredWorkflow } from "./workflow.ts";

export interface FetchedEntry {
  /** What it is called in the model store. */
  readonly entry: string;
  /** Where each node fetches for itself, which bytes those are. Null: the entry lies in the model store, and is listed there. */
  readonly pinned: PinnedEntry | null;
}

/** What is known of a file that no list of a model store has. */
export interface PinnedEntry {
  /** SHA-256 in lower-case hex. */
  readonly digest: string;
  /** Of the models in it. */
  readonly versions: readonly StoredVersion[];
  /** Null: it is no workflow archive. */
  readonly workflow: StoredWorkflow | null;
}

export interface ModelFetcher {
  /**
   * Brings what `url` names (`http:`, `https:` or `file:`, with `#sha256=HEX` of its bytes where they are known) into the model store, whole or not
   * at all. Throws {@link FetchError}, and `InferenceError` `unavailable` where nobody can do that just now.
   */
  fetch(url: string, signal: AbortSignal): Promise<FetchedEntry>;
  /** Removes an entry that was fetched, once nothing comes from it; one that is not there is no fault. */
  remove(entry: string): Promise<void>;
}

/** Durations are milliseconds, sizes bytes. */
export interface FetchErrorFacts {
  /** No pattern of those that are allowed fits, there are none, or the scheme is another one. */
  "url-not-allowed": { readonly url: string };
  /** What it names cannot be an entry of a model store; `entry` is what it would be. */
  "bad-entry": { readonly url: string; readonly entry: string };
  /** The store has an entry of this name already. */
  "entry-exists": { readonly url: string; readonly entry: string };
  /** Where it leads is not open to everybody, such as an address of this machine or of its own network. */
  "address-refused": { readonly url: string; readonly address: string };
  /** It is not there, cannot be reached, or broke off. */
  "not-fetched": { readonly url: string; readonly reason: string };
  "too-large": { readonly url: string; readonly limit: number };
  /** Its bytes are not those that the URL names. */
  "digest-mismatch": { readonly url: string; readonly expected: string; readonly found: string };
  /** The model store takes nothing. */
  "not-kept": { readonly url: string; readonly entry: string; readonly reason: string };
}

export type FetchErrorCode = keyof FetchErrorFacts;

const sentences: { readonly [C in FetchErrorCode]: (facts: FetchErrorFacts[C]) => string } = {
  "url-not-allowed": (f) => `${f.url} is not allowed: no pattern of allowedUrls fits it`,
  "bad-entry": (f) => `${f.url} would be the entry '${f.entry}' of the model store, which is no name for one`,
  "entry-exists": (f) => `the model store has an entry '${f.entry}' already`,
  "address-refused": (f) =>
    `${f.url} leads to ${f.address}, which is not public; allowPrivateAddresses lets models be fetched from there`,
  "not-fetched": (f) => `${f.url} could not be fetched: ${f.reason}`,
  "too-large": (f) => `${f.url} has more than the ${f.limit} bytes that maxDownloadSize allows`,
  "digest-mismatch": (f) => `${f.url} has the SHA-256 ${f.found}, but ${f.expected} was asked for`,
  "not-kept": (f) => `${f.url} could not be kept as '${f.entry}' in the model store: ${f.reason}`,
};

export class FetchError<C extends FetchErrorCode = FetchErrorCode> extends CodedError<C, FetchErrorFacts[C]> {
  constructor(code: C, facts: FetchErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "FetchError";
  }
}

/** The union of all of them, so that a `switch` on `code` narrows `facts`. */
export type AnyFetchError = { [C in FetchErrorCode]: FetchError<C> }[FetchErrorCode];

export function isFetchError(thrown: unknown): thrown is AnyFetchError {
  return thrown instanceof FetchError;
}
