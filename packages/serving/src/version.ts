// A version of a model and the thing that stands for it.

/** `item` is what a chain of source and adapters makes of the version: a place on disk, then a loader. */
export interface Version<T> {
  readonly version: string;
  readonly item: T;
}
