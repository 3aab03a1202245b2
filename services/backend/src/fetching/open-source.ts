// Opens what a URL names for reading, once: never another address than the one that was looked at, and each redirection as a URL of its own.
import { type LookupAddress, type LookupOptions, lookup as systemLookup } from "node:dns";
import { constants, createReadStream, type Stats } from "node:fs";
import { type FileHandle, lstat, open, realpath } from "node:fs/promises";
import { get as getPlain, type IncomingMessage, type RequestOptions } from "node:http";
import { get as getSecure } from "node:https";
import { isIP } from "node:net";
import type { Readable } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";
import { FetchError, isFetchError } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import { isPublicAddress } from "./public-address.ts";

export interface SourceOptions {
  /** As the caller gave it, for errors. */
  readonly text: string;
  /** Whether a URL may be asked at all; of redirections, too. */
  isAllowed(url: URL): boolean;
  readonly allowPrivateAddresses: boolean;
  /** Whether a link may lead to a file that has another URL, allowed or not. */
  readonly followLinks: boolean;
  /** Milliseconds in which nothing may come. */
  readonly idleLimit: number;
}

export interface SourceParts {
  /** All addresses of a name, as `dns.lookup` gives them. */
  readonly lookup?: typeof systemLookup;
}

export interface OpenedSource {
  readonly content: Readable;
  /** Bytes that are promised; null: it does not say. */
  readonly size: number | null;
}

const maxRedirections = 5;

/** Throws `FetchError`: `url-not-allowed`, `address-refused`, `not-fetched`. */
export async function openSource(
  url: URL,
  options: SourceOptions,
  parts: SourceParts,
  signal: AbortSignal,
): Promise<OpenedSource> {
  let at = url;
  for (let hop = 0; hop <= maxRedirections; hop++) {
    if (!options.isAllowed(at)) throw new FetchError("url-not-allowed", { url: hop === 0 ? options.text : bare(at) });
    if (at.protocol === "file:") return openFile(at, options);
    const answer = await ask(at, options, parts, signal);
    const next = redirection(answer, at);
    if (!next) return answered(answer, options);
    answer.destroy();
    // A web server names no files of this machine, and nothing leads from TLS to plaintext.
    if (next.protocol === "file:" || (at.protocol === "https:" && next.protocol !== "https:")) {
      throw new FetchError("url-not-allowed", { url: bare(next) });
    }
    at = next;
  }
  throw notFetched(options, `it redirects more than ${maxRedirections} times`);
}

async function openFile(url: URL, options: SourceOptions): Promise<OpenedSource> {
  let file: FileHandle | null = null;
  try {
    const path = fileURLToPath(url);
    // A named pipe must not be waited for.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) throw notFetched(options, "it is no file");
    if (!options.followLinks && !(await isAllowedFile(path, stats, options))) {
      throw new FetchError("url-not-allowed", { url: options.text });
    }
    return { content: createReadStream(path, { fd: file }), size: stats.size };
  } catch (error) {
    await file?.close();
    if (isFetchError(error)) throw error;
    throw notFetched(options, codeOf(error), error);
  }
}

/** Whether the file that was opened lies, behind all links, where a URL is allowed. */
async function isAllowedFile(path: string, opened: Stats, { isAllowed }: SourceOptions): Promise<boolean> {
  const real = await realpath(path);
  const found = await lstat(real);
  return found.dev === opened.dev && found.ino === opened.ino && isAllowed(pathToFileURL(real));
}

function ask(url: URL, options: SourceOptions, parts: SourceParts, signal: AbortSignal): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0) checkAddress(host, options);
  const get = url.protocol === "https:" ? getSecure : getPlain;
  const request: RequestOptions = {
    agent: false,
    headers: { accept: "*/*", "accept-encoding": "identity", "user-agent": "sealserve" },
    lookup: checkedLookup(options, parts),
    timeout: options.idleLimit,
    signal,
  };
  return new Promise((resolve, reject) => {
    const asked = get(url, request, resolve);
    asked.on("timeout", () => asked.destroy(notFetched(options, `nothing came for ${options.idleLimit} ms`)));
    asked.on("error", (error) => reject(isFetchError(error) ? error : notFetched(options, codeOf(error), error)));
  });
}

type Lookup = NonNullable<RequestOptions["lookup"]>;

/** A connection is made to what this gives and to nothing else: a name that means something else a moment later does no harm. */
function checkedLookup(options: SourceOptions, { lookup = systemLookup }: SourceParts): Lookup {
  return (name, asked: LookupOptions, give) => {
    lookup(name, { ...asked, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return give(error, []);
      try {
        // One that is refused among several is a reason to mistrust all of them.
        for (const { address } of addresses) checkAddress(address, options);
      } catch (refusal) {
        return give(refusal as NodeJS.ErrnoException, []);
      }
      const [first] = addresses;
      return asked.all ? give(null, addresses) : give(null, first?.address ?? "", first?.family);
    });
  };
}

function checkAddress(address: string, { text, allowPrivateAddresses }: SourceOptions): void {
  if (allowPrivateAddresses || isPublicAddress(address)) return;
  throw new FetchError("address-refused", { url: text, address });
}

function redirection({ statusCode = 0, headers }: IncomingMessage, at: URL): URL | null {
  const leads = [301, 302, 303, 307, 308].includes(statusCode) && headers.location !== undefined;
  return leads ? URL.parse(headers.location ?? "", at) : null;
}

function answered(answer: IncomingMessage, options: SourceOptions): OpenedSource {
  const { statusCode, headers } = answer;
  const encoding = headers["content-encoding"] ?? "identity";
  if (statusCode !== 200 || encoding !== "identity") {
    answer.destroy();
    throw notFetched(options, statusCode === 200 ? `it is encoded (${encoding})` : `it answers ${statusCode}`);
  }
  answer.setTimeout(options.idleLimit, () => {
    answer.destroy(notFetched(options, `nothing came for ${options.idleLimit} ms`));
  });
  const length = headers["content-length"];
  return { content: answer, size: length === undefined ? null : Number(length) };
}

/** Without its query, which may hold a secret. */
export function bare(url: URL): string {
  const shown = new URL(url);
  shown.search = "";
  shown.hash = "";
  return shown.href;
}

function notFetched({ text }: SourceOptions, reason: string, cause?: unknown): FetchError<"not-fetched"> {
  return new FetchError("not-fetched", { url: text, reason }, cause);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : reasonOf(error);
}
