// How commands reach the admin listener of a key broker: its URL, and the key that says who runs them.
import { AuditError, adminToken } from "@sealserve/key-broker";
import { reasonOf } from "@sealserve/primitives";
import type { Route } from "@sealserve/protocols";
import { type Administered, KeyBrokerError, readProblem } from "@sealserve/protocols/key-broker";
import type { Command } from "commander";
import { trustCertificate } from "./connection.ts";
import { readBytesFile } from "./trust-files.ts";
import { UsageError } from "./usage-error.ts";

export interface BrokerFlags {
  readonly broker: string;
  readonly adminKey: string;
  readonly ca?: string;
}

export function addBrokerFlags(command: Command): Command {
  return command
    .requiredOption("--broker <url>", "admin listener of the key broker, such as https://broker:8441")
    .requiredOption(
      "--admin-key <file>",
      "your Ed25519 private key (PEM); the broker's configuration has the public one",
    )
    .option("--ca <file>", "trust this certificate (PEM) for https, such as a self-signed one");
}

/** Asks one call of the broker. */
export type AskBroker = <A extends Administered, R>(route: Route<A, R>, args: Omit<A, "token">) => Promise<R>;

/** Throws `UsageError` where the URL, the certificate or the key cannot be used. */
export function askBroker({ broker, adminKey, ca }: BrokerFlags): AskBroker {
  const origin = originOf(broker);
  const key = readBytesFile(adminKey, 64 * 1024).toString("utf8");
  if (ca !== undefined) trustCertificate(ca);
  return async <A extends Administered, R>(route: Route<A, R>, args: Omit<A, "token">): Promise<R> => {
    const token = await tokenBy(key, adminKey);
    const request = route.writeRequest({ ...args, token } as A);
    const response = await send(new URL(request.path, origin), {
      method: request.method,
      headers: Object.entries(request.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      redirect: "error",
      ...(request.body.length > 0 ? { body: new Uint8Array(request.body) } : {}),
    });
    const body = new Uint8Array(await response.arrayBuffer());
    const answer = { status: response.status, headers: Object.fromEntries(response.headers), body };
    if (response.status !== 200) throw readProblem(answer);
    return route.readReply(answer);
  };
}

/** Ends a command: what the broker refuses becomes one sentence and exit code 1, wrong usage 2. */
export async function tellBroker(act: () => Promise<number>): Promise<number> {
  try {
    return await act();
  } catch (error) {
    const refused = error instanceof KeyBrokerError || error instanceof AuditError;
    if (!refused && !(error instanceof UsageError)) throw error;
    process.stderr.write(`${refused ? `${error.code}: ` : ""}${error.message}\n`);
    return refused ? 1 : 2;
  }
}

export function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Plain HTTP carries the token in the clear: only this machine may hear it. */
function originOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const local = url !== null && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && local)) return url;
  throw new UsageError(`--broker must be an https URL (http on this machine only), not '${text}'`);
}

async function tokenBy(key: string, file: string): Promise<string> {
  try {
    return await adminToken(key, { now: new Date() });
  } catch (error) {
    throw new UsageError(`${file} must hold an Ed25519 private key in PEM: openssl genpkey -algorithm ed25519`, error);
  }
}

async function send(url: URL, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new UsageError(`${url.origin} does not answer: ${reasonOf(cause)}`, error);
  }
}
