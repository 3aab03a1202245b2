// Pages of a list, as TorchServe counts them: a token is the number of entries before the next page.
import type { ListModelsArguments } from "./documents.ts";

const largestPage = 100;

/** Numbers that are none, or lie outside, fall back to their defaults (`NettyUtils.getIntParameter`). */
export function readPage(query: string): ListModelsArguments {
  const parameters = new URLSearchParams(query);
  const limit = integer(parameters.get("limit"), largestPage);
  return {
    limit: limit < 0 || limit > largestPage ? largestPage : limit,
    nextPageToken: Math.max(0, integer(parameters.get("next_page_token"), 0)),
  };
}

export interface Page<Item> {
  /** Also given when the page ends with the last item. */
  readonly nextPageToken?: string;
  readonly items: readonly Item[];
}

export function pageOf<Item>(all: readonly Item[], { limit, nextPageToken }: ListModelsArguments): Page<Item> {
  const last = nextPageToken + limit;
  const items = all.slice(nextPageToken, last);
  return last > all.length ? { items } : { nextPageToken: String(last), items };
}

function integer(text: string | null, otherwise: number): number {
  return text !== null && /^[+-]?\d{1,9}$/.test(text) ? Number(text) : otherwise;
}
