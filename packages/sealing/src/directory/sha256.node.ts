// SHA-256 over a stream by Node's own cryptography.
import { createHash } from "node:crypto";
import type { RunningDigest } from "./running-digest.ts";

export function startSha256(): RunningDigest {
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), digest: () => new Uint8Array(hash.digest()) };
}
