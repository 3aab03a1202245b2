// A version of a model that lies in a model store, whether it is loaded or not.

export interface StoredVersion {
  readonly name: string;
  readonly version: string;
  /** The entry of the store that holds it, such as `resnet.mar`. Several may hold one version of one name: the first of them serves under it. */
  readonly entry: string;
  /** Why nothing can be loaded from it, as far as that is known without opening it; name and version are then guesses. */
  readonly fault?: StoredFault;
}

/** `unreadable`: no archive at all. `unsafe`: what an archive must not hold. The others are faults of its manifest. */
export type StoredFault = "unreadable" | "unsafe" | "no-manifest" | "bad-manifest" | "no-name" | "bad-runtime";
