// How commands reach the admin listener of a key broker: its URL, whose certificates they trust, and what says who runs them.
import { createTlsFetch } from "@sealserve/client/node";
import { AuditError, plaintextChannel } from "@sealserve/key-broker";
import { reasonOf } from "@sealserve/primitives";
import type { Route } from "@sealserve/protocols";
import { type Administered, aboutRoute, KeyBrokerError, readProblem } from "@sealserve/protocols/key-broker";
import { isLoopback } from "@sealserve/server";
import type { Command } from "commander";
import { type BrokerProof, brokerProof, type ProofFlags } from "./broker-proof.ts";
import { readBytesFile } from "./trust-files.ts";
import { UsageError } from "./usage-error.ts";

export interface BrokerFlags extends ProofFlags {
  readonly broker: string;
  readonly audience?: string;
  readonly ca?: string;
}

export function addBrokerFlags(command: Command): Command {
  return command
    .requiredOption("--broker <url>", "admin listener of the key broker, such as https://broker:8441")
    .option("--admin-key <file>", "your Ed25519 private key (PEM); the broker's configuration has the public one")
    .option("--client-cert <file>", "instead of a key: your certificate (PEM), which the broker's configuration names")
    .option("--client-key <file>", "private key of the certificate (PEM)")
    .option("--ca <file>", "trust servers by this certificate (PEM) and no other, such as a self-signed one")
    .option("--audience <name>", "with --admin-key: adminAudience of the broker's ready line (default: it is asked)");
}

/** Asks one call of the broker. */
export type AskBroker = <A extends Administered, R>(route: Route<A, R>, args: Omit<A, "token">) => Promise<R>;

/** Throws `UsageError` where the URL, a certificate or the key cannot be used. */
export function askBroker(flags: BrokerFlags, now: () => Date = () => new Date()): AskBroker {
  const origin = originOf(flags.broker);
  const proof = brokerProof(flags, now);
  const server = connectTo(origin, flags, proof);
  let scope: Promise<TokenScope> | null = null;

  async function tokenFor(): Promise<string | null> {
    if (proof.kind === "certificate") return null;
    scope ??= flags.audience === undefined ? askScope(server) : Promise.resolve({ audience: flags.audience });
    return proof.sign(await scope);
  }

  return async <A extends Administered, R>(route: Route<A, R>, args: Omit<A, "token">): Promise<R> =>
    server.ask(route, { ...args, token: await tokenFor() } as A);
}

/** Which broker tokens are for. */
interface TokenScope {
  readonly audience: string;
  readonly channel?: string;
}

interface Server {
  ask<A, R>(route: Route<A, R>, args: A): Promise<R>;
  /** Of the last answer: SHA-256 of the key that the server has proved to hold, in base64url, or that there was no TLS. */
  channel(): string;
}

/**
 * Whoever answers may name another broker's audience, to use the token there. So tokens by that answer also name the key that the server has
 * proved to hold, and no other server takes them.
 */
async function askScope(server: Server): Promise<TokenScope> {
  const { audience } = await server.ask(aboutRoute, {});
  return { audience, channel: server.channel() };
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

function connectTo(origin: URL, { ca, audience }: BrokerFlags, proof: BrokerProof): Server {
  let channel = plaintextChannel;
  const secure = origin.protocol === "https:";
  if (!secure && (ca !== undefined || proof.kind === "certificate")) {
    throw new UsageError("--ca and --client-cert need an https URL: there are no certificates without TLS");
  }
  if (audience !== undefined && proof.kind === "certificate") throw new UsageError("--audience goes with --admin-key");
  const onServer = (spkiSha256: Uint8Array): void => {
    channel = Buffer.from(spkiSha256).toString("base64url");
  };
  const fetching = secure ? tlsFetch(ca, proof, onServer) : fetch;
  return {
    channel: () => channel,
    async ask(route, args) {
      const request = route.writeRequest(args);
      const response = await send(fetching, new URL(request.path, origin), {
        method: request.method,
        headers: Object.entries(request.headers).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, value]],
        ),
        redirect: "error",
        ...(request.body.length > 0 ? { body: new Uint8Array(request.body) } : {}),
      });
      const body = new Uint8Array(await response.arrayBuffer());
      const answer = { status: response.status, headers: Object.fromEntries(response.headers), body };
      if (response.status !== 200) throw readProblem(answer);
      return route.readReply(answer);
    },
  };
}

function tlsFetch(
  ca: string | undefined,
  proof: BrokerProof,
  onServer: (spkiSha256: Uint8Array) => void,
): typeof fetch {
  const roots = ca === undefined ? {} : { roots: readBytesFile(ca, 1024 * 1024).toString("utf8") };
  try {
    return createTlsFetch({ ...roots, ...(proof.kind === "certificate" ? { client: proof } : {}) }, { onServer });
  } catch (error) {
    throw new UsageError(`--ca, --client-cert or --client-key cannot be used: ${reasonOf(error)}`, error);
  }
}

/** Plain HTTP carries the token in the clear: only this machine may hear it. */
function originOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const local = url !== null && isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
  if (url?.protocol === "https:" || (url?.protocol === "http:" && local)) return url;
  throw new UsageError(`--broker must be an https URL (http on this machine only), not '${text}'`);
}

async function send(fetching: typeof fetch, url: URL, request: RequestInit): Promise<Response> {
  try {
    return await fetching(url, request);
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new UsageError(`${url.origin} does not answer: ${reasonOf(cause)}`, error);
  }
}
