// A version of a model that lies in a model store, whether it is loaded or not.

export interface StoredVersion {
  readonly name: string;
  readonly version: string;
  /** The entry of the store that holds it, such as `resnet.mar`. */
  readonly entry: string;
}
