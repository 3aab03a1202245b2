// No password, key or state goes over a network in the clear because nobody thought of it.
import { isIPv4 } from "node:net";
import { Client } from "pg";

/** Its message names no location. */
export class PlaintextDatabaseError extends Error {
  constructor() {
    super(
      "its URL leads to another machine without TLS: write sslmode=verify-full (and sslrootcert=PATH) into it, or sslmode=disable where nobody else can listen",
    );
    this.name = "PlaintextDatabaseError";
  }
}

/**
 * `location`: with its password in place. What the driver makes of it decides: names of parameters that it does not know, and the environment,
 * count as they do there. Throws `PlaintextDatabaseError`; nothing is connected.
 */
export function refusePlaintext(location: string): void {
  const { host, ssl } = new Client({ connectionString: location });
  if (ssl || isOfThisMachine(host)) return;
  if (URL.parse(location)?.searchParams.get("sslmode") !== "disable") throw new PlaintextDatabaseError();
}

/** A folder is that of a UNIX socket. Names other than `localhost` are not resolved. */
function isOfThisMachine(host: string): boolean {
  if (host.startsWith("/") || host === "localhost" || host === "::1" || host === "[::1]") return true;
  return isIPv4(host) && host.startsWith("127.");
}
