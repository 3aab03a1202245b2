// A list of backends that somebody wrote down, and several discoveries as one.
import type { Discovery } from "./discovery.ts";

export function fixedBackends(urls: readonly string[]): Discovery {
  const distinct = [...new Set(urls)];
  return {
    start(found) {
      found(distinct);
      return { [Symbol.dispose]: () => {} };
    },
  };
}

/** All that any of them finds. */
export function allBackends(discoveries: readonly Discovery[]): Discovery {
  return {
    start(found) {
      const lists = discoveries.map((): readonly string[] => []);
      const started = new DisposableStack();
      for (const [i, discovery] of discoveries.entries()) {
        const tell = (urls: readonly string[]): void => {
          lists[i] = urls;
          found([...new Set(lists.flat())]);
        };
        started.use(discovery.start(tell));
      }
      return started;
    },
  };
}
