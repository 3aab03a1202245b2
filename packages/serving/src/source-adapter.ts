// A source of one thing as a source of another: of places on disk as a source of loaders.
import type { Source } from "./source.ts";
import type { Version } from "./version.ts";

/**
 * `adapt` is called once for each version from its first appearance until it is left out, so that a list that is repeated holds
 * the same items. It is cheap and does not throw: what may fail belongs into the loader.
 */
export function adaptSource<A, B>(source: Source<A>, adapt: (model: string, version: Version<A>) => B): Source<B> {
  return {
    start(emit) {
      const adapted = new Map<string, ReadonlyMap<string, Version<B>>>();
      return source.start((model, aspired) => {
        const before = adapted.get(model);
        const now = new Map<string, Version<B>>();
        for (const version of aspired) {
          const known = before?.get(version.version);
          now.set(version.version, known ?? { version: version.version, item: adapt(model, version) });
        }
        if (now.size === 0) adapted.delete(model);
        else adapted.set(model, now);
        emit(model, [...now.values()]);
      });
    },
  };
}
