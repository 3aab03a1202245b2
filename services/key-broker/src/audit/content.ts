// What audit entries speak of and the log keeps beside them: a text under its SHA-256.
import { contentHash } from "./chain.ts";

export interface Content {
  readonly text: string;
  /** Hex. */
  readonly sha256: string;
}

export function contentOf(text: string): Content {
  return { text, sha256: contentHash(Buffer.from(text)) };
}
