// Models from elsewhere, where backends are processes of their own: one fetches for a call, and its bytes are what all of them are told to take.
import {
  type DesiredState,
  FetchError,
  InferenceError,
  isInferenceError,
  type ModelFetcher,
} from "@sealserve/inference";
import { maxUrlLength } from "@sealserve/protocols/mesh";
import type { BackendLink } from "./backend-link.ts";

export interface MeshFetcherParts {
  /** Those to which requests go. */
  backends(): readonly Pick<BackendLink, "fetch">[];
  readonly desired: { readonly current: DesiredState };
}

/** Backends remove by themselves what the desired state names no more. */
export function meshFetcher({ backends, desired }: MeshFetcherParts): ModelFetcher {
  return {
    async fetch(url, signal) {
      if (url.length > maxUrlLength || !url.isWellFormed()) {
        throw new FetchError("url-not-allowed", { url: url.slice(0, maxUrlLength) });
      }
      const answer = await asked(backends(), url, signal);
      if (answer.refused) throw answer.refused;
      const { entry, pinned } = answer;
      if (isNamed(desired.current, entry)) throw new FetchError("entry-exists", { url, entry });
      return { entry, pinned };
    },
    remove: async () => {},
  };
}

/** One that cannot be reached is passed over. */
async function asked(backends: readonly Pick<BackendLink, "fetch">[], url: string, signal: AbortSignal) {
  let last: unknown;
  for (const backend of backends) {
    try {
      return await backend.fetch(url, signal);
    } catch (error) {
      if (!isInferenceError(error) || error.code !== "unreachable" || signal.aborted) throw error;
      last = error;
    }
  }
  throw new InferenceError("unavailable", { what: "models from elsewhere", reason: "no backend can be asked" }, last);
}

/** As in a model store, there are no two of one name. */
function isNamed({ models }: DesiredState, entry: string): boolean {
  const sources = Object.values(models).flatMap(({ loaded, sources = {} }) => (loaded ? Object.values(sources) : []));
  return sources.some((source) => source.entry === entry && source.url !== undefined);
}
