// Keeps collateral of another source: asked once for many, and served on while the source is down and the collateral still in its window.
import type { Collateral, CollateralRequest, CollateralSource } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import { type CollateralWindow, windowOf } from "./collateral-window.ts";

export interface CacheOptions {
  /** Platforms that are kept; the one unused for longest goes first. Default 256. */
  readonly capacity?: number;
  /** Milliseconds after which the source is asked again; default one hour. */
  readonly refreshAfter?: number;
  /** The same after it failed, unless it says itself how long to wait; default one minute. */
  readonly retryAfter?: number;
}

export interface CacheParts {
  readonly clock: { now(): Date };
  /** Told of every answer: from the source, from the cache, or from the cache because the source failed. */
  readonly observe?: (served: CacheServed) => void;
}

export type CacheServed =
  | { readonly from: "source" | "cache"; readonly request: CollateralRequest }
  | { readonly from: "cache-while-down"; readonly request: CollateralRequest; readonly error: CollateralError };

interface Entry {
  readonly collateral: Collateral;
  readonly window: CollateralWindow;
  /** When the source was last asked, and when it will be asked again: milliseconds since 1970. */
  readonly askedAt: number;
  readonly askAgainAt: number;
}

/**
 * What is kept is not verified: the verifier does that at every use, and it, not this cache, refuses evaluation numbers that go back (whoever
 * may forge an answer could else forge a number so high that no genuine one would follow).
 */
export function cachedSource(
  source: CollateralSource,
  { capacity = 256, refreshAfter = 60 * 60 * 1000, retryAfter = 60 * 1000 }: CacheOptions,
  { clock, observe = () => {} }: CacheParts,
): CollateralSource {
  const entries = new Map<string, Entry>();
  const running = new Map<string, Promise<Collateral>>();

  const keep = (key: string, entry: Entry): void => {
    entries.delete(key);
    entries.set(key, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= capacity) break;
      entries.delete(oldest);
    }
  };

  /** Asks the source; where that fails, what is here still serves in its window. */
  const refresh = async (key: string, request: CollateralRequest, known: Entry | null): Promise<Collateral> => {
    try {
      // Several callers wait for this one answer, so none of them may end it; the source has its own deadline.
      const collateral = await source.fetch(request, new AbortController().signal);
      const window = windowOf(collateral);
      const askedAt = clock.now().getTime();
      keep(key, { collateral, window, askedAt, askAgainAt: askedAt + refreshAfter });
      observe({ from: "source", request });
      return collateral;
    } catch (error) {
      const askedAt = clock.now().getTime();
      if (!(error instanceof CollateralError) || !known || !inWindow(known, askedAt)) throw error;
      keep(key, { ...known, askedAt, askAgainAt: askedAt + (wantedPause(error) ?? retryAfter) });
      observe({ from: "cache-while-down", request, error });
      return known.collateral;
    }
  };

  return {
    async fetch(request, signal) {
      signal.throwIfAborted();
      const key = JSON.stringify(request);
      const now = clock.now().getTime();
      const known = entries.get(key) ?? null;
      // Before `askedAt` the clock must have gone backwards: then ask again.
      if (known && known.askedAt <= now && now < known.askAgainAt && inWindow(known, now)) {
        keep(key, known);
        observe({ from: "cache", request });
        return known.collateral;
      }
      const answer = running.get(key) ?? refresh(key, request, known).finally(() => running.delete(key));
      running.set(key, answer);
      return await orAborted(answer, signal);
    },
  };
}

function inWindow({ window }: Entry, now: number): boolean {
  return window.from <= now && now <= window.until;
}

/** Milliseconds that the source asked to be left alone; null where it did not say. */
function wantedPause({ facts }: CollateralError): number | null {
  return "retryAfter" in facts && facts.retryAfter !== undefined ? facts.retryAfter * 1000 : null;
}

/** `work`, or the reason of `signal` if that is aborted first. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
