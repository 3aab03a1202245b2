// No password, key or state goes over a network in the clear, or to whoever answers, because nobody thought of it.
import { isIPv4 } from "node:net";
import { Client } from "pg";

const parameter = "insecurePlaintext";

const sentences = {
  plaintext:
    "its URL leads to another machine without TLS: write sslmode=verify-full (and sslrootcert=PATH of the authority) into it, or insecurePlaintext=true where nobody else can listen",
  unverified:
    "its URL takes whatever certificate a server shows: write sslmode=verify-full, and sslrootcert=PATH of the server's authority or of its own certificate",
} as const;

/** Its message names no location. */
export class UnguardedDatabaseError extends Error {
  constructor(how: keyof typeof sentences) {
    super(sentences[how]);
    this.name = "UnguardedDatabaseError";
  }
}

/**
 * The URL for the driver, which has no parameter `insecurePlaintext`. What the driver makes of it decides: names of parameters that it does not know,
 * and the environment, count as they do there. Throws `UnguardedDatabaseError`; nothing is connected.
 */
export function guardedLocation(location: string): string {
  const url = URL.parse(location);
  const plaintext = url?.searchParams.get(parameter) === "true";
  url?.searchParams.delete(parameter);
  const { host, ssl } = new Client({ connectionString: location });
  if (!isVerified(ssl)) throw new UnguardedDatabaseError("unverified");
  if (!ssl && !plaintext && !isOfThisMachine(host)) throw new UnguardedDatabaseError("plaintext");
  return plaintext && url ? url.href : location;
}

/** False: a certificate is asked for, and anybody's will do. */
function isVerified(ssl: unknown): boolean {
  return typeof ssl !== "object" || ssl === null || !("rejectUnauthorized" in ssl) || ssl.rejectUnauthorized !== false;
}

/** A folder is that of a UNIX socket. Names other than `localhost` are not resolved. */
function isOfThisMachine(host: string): boolean {
  if (host.startsWith("/") || host === "localhost" || host === "::1" || host === "[::1]") return true;
  return isIPv4(host) && host.startsWith("127.");
}
