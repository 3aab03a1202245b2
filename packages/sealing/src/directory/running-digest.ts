// A digest that grows with a stream.

export interface RunningDigest {
  update(bytes: Uint8Array): void;
  /** 32 bytes; once only. */
  digest(): Uint8Array;
}
