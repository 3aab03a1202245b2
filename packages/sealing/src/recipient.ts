// Who may open a sealed file: the two interfaces of age, one method each.

/** One wrapped file key in the header of an age file (age v1, "Recipient stanza"). */
export interface Stanza {
  /** The type and its arguments, as the header line has them. */
  readonly args: readonly string[];
  readonly body: Uint8Array;
}

/** Somebody who may open: wraps the key of one file. */
export interface Recipient {
  /** One stanza or more. `fileKey` is 16 bytes. */
  wrap(fileKey: Uint8Array): Promise<readonly Stanza[]>;
}

/** Somebody who opens: a key file, a passphrase, a key broker. */
export interface Identity {
  /**
   * The file key (16 bytes), or null where none of the stanzas is for this identity. Throws where one is, but is broken, or where
   * who keeps the key refuses.
   */
  unwrap(stanzas: readonly Stanza[]): Promise<Uint8Array | null>;
}
