// Models that the original would download when it starts: fetched into the model store before anything looks at it.
import { isFetchError, type ModelFetcher } from "@sealserve/inference";
import { readLoadModels, type TorchserveProperties } from "@sealserve/migration";

export interface FetchedAtStart {
  /** By URL, the entry of the model store that it is now. */
  readonly entries: ReadonlyMap<string, string>;
  /** Why something could not be fetched. */
  readonly problems: readonly string[];
}

export interface FetchStartupParts {
  /** Fetches from URLs that one of these expressions fits. */
  fetcherOf(allowedUrls: readonly string[]): Pick<ModelFetcher, "fetch">;
  readonly signal: AbortSignal;
}

const remote = /^(?:https?|file):\/\//i;

/** What a start is to load from elsewhere. */
export function urlsToLoad(
  { model_snapshot, load_models }: TorchserveProperties,
  models: readonly string[] | null,
): readonly string[] {
  if (model_snapshot !== undefined) return [];
  const loads = readLoadModels(models?.join(",") ?? load_models ?? "");
  return loads === "all" ? [] : loads.map(({ url }) => url).filter((url) => remote.test(url));
}

/** Whoever names a URL at the start has allowed it, and nothing else. An entry that is there already is taken as it is: an earlier start has fetched it. */
export async function fetchStartup(
  urls: readonly string[],
  { fetcherOf, signal }: FetchStartupParts,
): Promise<FetchedAtStart> {
  const entries = new Map<string, string>();
  const problems: string[] = [];
  const fetcher = fetcherOf(urls.map((url) => (URL.parse(url)?.href ?? url).replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")));
  for (const url of urls) {
    try {
      entries.set(url, (await fetcher.fetch(url, signal)).entry);
    } catch (error) {
      if (!isFetchError(error)) throw error;
      if (error.code === "entry-exists") entries.set(url, error.facts.entry);
      else problems.push(error.message);
    }
  }
  return { entries, problems };
}
