// Starts `sealserve dev` as its users do, with a model store and a state folder of its own, and talks to it as clients and owners do.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parsePolicy, parseTrustAnchors } from "@sealserve/attestation";
import { type AttestedTransport, openAttested } from "@sealserve/client/node";
import { createTrust, type Trust, type TrustOptions } from "@sealserve/session";
import { type Ended, freeBrokerPorts } from "../fixtures/spawned-command.ts";
import { type RunningServer, runSealserve, type StartOptions, startServer } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

/** What the ready line of `dev` says beyond that of `serve`. */
export interface DevReady {
  readonly recipient: string;
  readonly trustAnchor: string;
  readonly policy: string;
  readonly reference: string;
  readonly adminKey: string;
  readonly sealed: readonly object[];
  readonly start: readonly string[];
  readonly listeners: Readonly<Record<string, string>>;
}

export interface RunningDev extends AsyncDisposable {
  readonly server: RunningServer;
  readonly ready: DevReady;
  /** Of its model store and everything else; it outlives the server. */
  readonly folder: TemporaryFolder;
  readonly trust: Trust;
  /** A command that asks the broker's administrators' listener. */
  administer(...args: readonly string[]): Promise<Ended>;
  /** Seals `file` to the broker's recipient into the model store. */
  seal(file: string, name: string): Promise<void>;
  /** Opens an attested connection to the Open Inference listener. */
  attested(): Promise<AttestedTransport>;
  /** The state of a model as the repository index tells it, once it is settled. */
  settled(model: string): Promise<{ readonly state: string; readonly reason?: string }>;
}

export function devArguments(folder: TemporaryFolder): readonly string[] {
  return ["--model-store", join(folder.path, "store"), "--state", join(folder.path, "state"), ...freeBrokerPorts];
}

/** `folder`: of an earlier run; left out: a new one, which goes away with the server. */
export async function startDev(
  args: readonly string[] = [],
  { folder: given, ...options }: StartOptions & { readonly folder?: TemporaryFolder } = {},
): Promise<RunningDev> {
  await using stack = new AsyncDisposableStack();
  const folder = given ?? stack.use(await temporaryFolder());
  await folder.write("store/.keep", "");
  const server = stack.use(
    await startServer([...devArguments(folder), "--log-format", "json", ...args], { ...options, command: "dev" }),
  );
  const ready = server.ready as unknown as DevReady;
  const trust = trustOf(ready);
  const url = server.url("openInference", "");
  const owned = stack.move();
  const attested = (): Promise<AttestedTransport> => openAttested(url, trust);
  return {
    server,
    ready,
    folder,
    trust,
    administer: (...asked) =>
      runSealserve([...asked, "--broker", ready.listeners["keyBroker.admin"] ?? "", "--admin-key", ready.adminKey]),
    async seal(file, name) {
      const out = join(folder.path, "store", name);
      const { code, stderr } = await runSealserve(["seal", file, "--to", ready.recipient, "--out", out]);
      if (code !== 0) throw new Error(stderr);
    },
    attested,
    settled: (model) => settled(attested, url, model),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Trusts the simulated root and what is registered as the server. */
export function trustOf(ready: DevReady, changes: Partial<TrustOptions> = {}): Trust {
  const read = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));
  return createTrust(
    { policy: parsePolicy(read(ready.policy)), ...changes },
    { anchors: parseTrustAnchors(read(ready.trustAnchor)), collateral: "stapled", now: () => new Date() },
  );
}

async function settled(attested: () => Promise<AttestedTransport>, url: string, model: string) {
  await using connection = await attested();
  return await until(async () => {
    const asked = { method: "POST", body: new TextEncoder().encode("{}") };
    // A model that comes or goes ends the connections that were attested without it, perhaps with this question on its way.
    const answer = await connection.fetch(`${url}/v2/repository/index`, asked).catch((error) => {
      if (error.code !== "unreachable") throw error;
    });
    if (!answer) return undefined;
    const entries: readonly { name: string; state: string; reason?: string }[] = await answer.json();
    return entries.find(({ name, state }) => name === model && (state === "READY" || state === "UNAVAILABLE"));
  });
}
