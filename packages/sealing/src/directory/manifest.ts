// The manifest of a sealed directory: what is in it, and by which key each file is sealed.

export interface ModelLabel {
  readonly name: string;
  readonly version: string;
}

export interface SealedEntry {
  /** Relative, with `/`; the sealed file has `.age` behind it. */
  readonly path: string;
  /** Bytes of plaintext. */
  readonly size: number;
  /** 32 bytes: the digest of the plaintext. */
  readonly sha256: Uint8Array;
  /** 32 bytes that name the file key without telling it: only the file that was sealed under this path has it. */
  readonly fileKeyName: Uint8Array;
}

export interface SealedManifest {
  readonly model: ModelLabel;
  readonly created: Date;
  /** In order of path, by UTF-16 code units; no path and no file key twice. */
  readonly files: readonly SealedEntry[];
  /** 32 bytes: the Merkle root over model and files. */
  readonly root: Uint8Array;
}
