// What a broker releases: a flattened JWE (RFC 7516, section 7.2.2) that only the attested key opens.
import { base64, record, type Shape } from "./shape.ts";

/** Every member is base64url. `encrypted_key` is missing in direct key agreement, which this protocol does not use. */
export interface FlattenedJwe {
  readonly protected: string;
  readonly encrypted_key: string;
  readonly iv: string;
  readonly ciphertext: string;
  readonly tag: string;
}

/** A resource may have up to 1 MiB. */
const ciphertextLimit = 1024 * 1024;

export const jweShape: Shape<FlattenedJwe> = record({
  protected: encoded(4096),
  encrypted_key: encoded(1024),
  iv: encoded(64),
  ciphertext: encoded(ciphertextLimit),
  tag: encoded(64),
});

function encoded(limit: number): Shape<string> {
  const bytes = base64(limit, "url");
  return (value, at) => {
    bytes(value, at);
    return value as string;
  };
}
