// What a frontend asks a backend to fetch, and what becomes of it.
import {
  type AnyFetchError,
  FetchError,
  type FetchErrorCode,
  type FetchErrorFacts,
  InferenceError,
  type PinnedEntry,
} from "@sealserve/inference";
import { type Bytes, utf8 } from "@sealserve/primitives";
import { KeyBrokerError } from "../key-broker/key-broker-error.ts";
import { anyObject, members, nullable, oneOf, readJson, type Shape, text, whole } from "../key-broker/shape.ts";
import { sha256, storedVersions } from "./documents.ts";
import { storedWorkflow, tellableWorkflows } from "./workflow-shapes.ts";

export type FetchAnswer =
  | { readonly entry: string; readonly pinned: PinnedEntry; readonly refused?: undefined }
  /** As the caller is told it. */
  | { readonly refused: AnyFetchError };

const maxText = 4096;
const words = text(maxText);
const url = words;

/** Of a URL that can be kept. */
export const maxUrlLength = maxText;

const asked = members({ url });

type FactsOf = { readonly [C in FetchErrorCode]: Shape<FetchErrorFacts[C]> };

const factsOf: FactsOf = {
  "url-not-allowed": members({ url }),
  "bad-entry": members({ url, entry: words }),
  "entry-exists": members({ url, entry: words }),
  "address-refused": members({ url, address: words }),
  "not-fetched": members({ url, reason: words }),
  "too-large": members({ url, limit: whole(0, Number.MAX_SAFE_INTEGER) }),
  "digest-mismatch": members({ url, expected: words, found: words }),
  "not-kept": members({ url, entry: words, reason: words }),
};

const refusal = members({ code: oneOf(...(Object.keys(factsOf) as FetchErrorCode[])), facts: anyObject });
const fetched = members({
  entry: text(1024),
  pinned: members({ digest: sha256, versions: storedVersions, workflow: nullable(storedWorkflow) }),
});

export function writeFetchRequest(given: string): Bytes {
  return utf8(JSON.stringify({ url: given }));
}

/** Throws `malformed`. */
export function readFetchRequest(body: Bytes): string {
  return read(() => readJson(body, asked, "the request").url);
}

export function writeFetchAnswer(answer: FetchAnswer): Bytes {
  if (answer.refused) {
    const { code, facts } = answer.refused;
    const cut = (value: unknown) => (typeof value === "string" ? value.slice(0, maxText).toWellFormed() : value);
    const told = Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, cut(value)]));
    return utf8(JSON.stringify({ refused: { code, facts: told } }));
  }
  const { entry, pinned } = answer;
  const [workflow = null] = pinned.workflow ? tellableWorkflows([pinned.workflow]) : [];
  return utf8(JSON.stringify({ entry, pinned: { ...pinned, workflow } }));
}

/** Throws `malformed`. */
export function readFetchAnswer(body: Bytes): FetchAnswer {
  return read(() => {
    const document = readJson(body, anyObject, "the answer");
    if (document["refused"] === undefined) return fetched(document, "the answer");
    const { code, facts } = refusal(document["refused"], "refused");
    return { refused: errorOf(code, facts) as AnyFetchError };
  });
}

function errorOf<C extends FetchErrorCode>(code: C, facts: unknown): FetchError<C> {
  return new FetchError(code, factsOf[code](facts, "facts"));
}

function read<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof KeyBrokerError)) throw error;
    throw new InferenceError("malformed", { problem: error.message }, error);
  }
}
