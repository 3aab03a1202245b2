// Waits for something that only looking can tell, such as a state that a server reports.
import { setTimeout as wait } from "node:timers/promises";

/** Looks every `interval` milliseconds until `look` gives something; throws, with what `explain` says, after `limit` milliseconds. */
export async function until<T>(
  look: () => Promise<T | null | undefined | false>,
  explain: () => string = () => "what was waited for did not come",
  { interval = 25, limit = 20_000 }: { readonly interval?: number; readonly limit?: number } = {},
): Promise<T> {
  const end = performance.now() + limit;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`${explain()} within ${limit} ms`);
    await wait(interval);
  }
}
