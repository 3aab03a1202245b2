// What a URL is called in the model store, and which bytes it promises.
import { FetchError } from "@sealserve/inference";

export interface FetchedEntry {
  /** Without its fragment. */
  readonly url: URL;
  readonly entry: string;
  /** SHA-256 in lower-case hex; null: any bytes. */
  readonly digest: string | null;
}

/** Archives, sealed or not, of models and of workflows, and single ONNX files. */
const entryName =
  /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,200}\.(?:mar|mar\.age|onnx|onnx\.age|tar\.gz|tar\.gz\.age|tgz|tgz\.age|war|war\.age)$/;
const digestMark = /^#sha256=([0-9a-f]{64})$/i;

/**
 * Reads a URL that somebody wants fetched. Throws `url-not-allowed` for what is no URL of a scheme that is fetched, or names a user; `bad-entry`;
 * `not-fetched` for another fragment than a digest. `text` is what errors call it.
 */
export function readFetchedEntry(given: string, text = given): FetchedEntry {
  const url = URL.parse(given);
  if (!url || !["http:", "https:", "file:"].includes(url.protocol) || url.username !== "" || url.password !== "") {
    throw new FetchError("url-not-allowed", { url: text });
  }
  const { hash } = url;
  url.hash = "";
  const [, digest] = digestMark.exec(hash) ?? [];
  if (hash !== "" && digest === undefined) {
    throw new FetchError("not-fetched", {
      url: text,
      reason: "what is behind its # must be sha256= and 64 hex digits",
    });
  }
  const entry = decoded(url.pathname.split("/").at(-1) ?? "");
  if (!isFetchedEntry(entry)) throw new FetchError("bad-entry", { url: text, entry });
  return { url, entry, digest: digest?.toLowerCase() ?? null };
}

/** Whether it is a name that something fetched may have in a model store. */
export function isFetchedEntry(entry: string): boolean {
  return entryName.test(entry);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return segment;
    throw error;
  }
}
