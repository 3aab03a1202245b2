// The story of trust: a sealed model, a key for who proves what it is, a client that checks before it sends, and three refusals.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parsePolicy, parseTrustAnchors } from "@sealserve/attestation";
import { type AttestedTransport, openAttested } from "@sealserve/client/node";
import { freeBrokerPorts, freePorts } from "@sealserve/conformance/fixtures/spawned-command";
import { createTrust, SessionError, type Trust } from "@sealserve/session";
import { replayEvidenceOf } from "./replaying-server.ts";
import { say, step, tell } from "./say.ts";
import { type RunningServer, runCommand, startCommand } from "./sealserve-command.ts";

export interface StoryInput {
  /** A folder that may be filled. */
  readonly folder: string;
  /** The model archive `reader.mar`, in the clear. */
  readonly archive: string;
  readonly image: Uint8Array<ArrayBuffer>;
  readonly expected: string;
}

/** Whether everything held. */
export async function tellTrustStory({ folder, archive, image, expected }: StoryInput): Promise<boolean> {
  const store = join(folder, "sealed-models");
  await mkdir(store);
  const dev = ["dev", "--model-store", store, "--state", join(folder, "state"), ...freePorts, ...freeBrokerPorts];
  const verdicts: boolean[] = [];
  {
    step(
      "A key broker and a server start, on simulated TDX hardware",
      "to the key broker, that the server runs the registered program; before that it listens nowhere",
    );
    await using server = await startCommand(dev);
    verdicts.push(tell(`evidence accepted; the server listens at ${server.url("torchserve.inference")}`, true));
    const sealed = await sealModel(server, archive, join(folder, "reader.mar.age"));
    verdicts.push(sealed, await register(server, folder));
    await rename(join(folder, "reader.mar.age"), join(store, "reader.mar.age"));
    const trust = await trustOf(server);
    verdicts.push(await readThroughVerified(server, trust, { image, expected }));
    verdicts.push(await refuseReplay(server, trust));
  }
  verdicts.push(await refuseLie(dev, "changed-measurement", "Refused: a changed measurement", "other code got no key"));
  verdicts.push(await refuseLie(dev, "debug", "Refused: a debug TEE", "a TEE that its host can look into got no key"));
  await using again = await startCommand(dev);
  verdicts.push(await verifyAudit(again));
  return verdicts.every(Boolean);
}

async function sealModel({ ready }: RunningServer, archive: string, out: string): Promise<boolean> {
  step("The owner seals the model", "to the owner, that only who the key broker accepts can open it, wherever it lies");
  const { recipient } = ready;
  say(`  $ sealserve seal reader.mar --to ${recipient} --out reader.mar.age`);
  const sealing = await runCommand(["seal", archive, "--to", String(recipient), "--out", out]);
  const inspected = await runCommand(["inspect", out, "--json"]);
  return tell(
    "reader.mar.age is an age file; the owner used no private key",
    sealing.code === 0 && inspected.code === 0,
  );
}

async function register(server: RunningServer, folder: string): Promise<boolean> {
  step("The owner registers which program may open it", "to the key broker, by whom and under which conditions");
  const { adminKey, policy: file, reference } = server.ready;
  const { simulatedRoots } = JSON.parse(await readFile(String(file), "utf8"));
  const appraisal = { name: "reader", references: [], tcbStatuses: ["UpToDate"], hardwareIds: null, simulatedRoots };
  const policy = join(folder, "reader-policy.json");
  await writeFile(policy, JSON.stringify({ appraisal, keys: ["models"], roles: [] }));
  const to = ["--tenant", "dev", "--model", "reader", "--broker", server.url("keyBroker.admin")];
  const signed = [...to, "--admin-key", String(adminKey)];
  say("  $ sealserve policy set reader-policy.json …\n  $ sealserve reference add reference.json …");
  const set = await runCommand(["policy", "set", policy, ...signed]);
  const added = await runCommand(["reference", "add", String(reference), ...signed]);
  return tell("policy and measurement are registered", set.code === 0 && added.code === 0);
}

async function trustOf({ ready }: RunningServer): Promise<Trust> {
  const read = async (file: unknown): Promise<unknown> => JSON.parse(await readFile(String(file), "utf8"));
  return createTrust(
    { policy: parsePolicy(await read(ready["policy"])) },
    {
      anchors: parseTrustAnchors(await read(ready["trustAnchor"])),
      collateral: "stapled",
      now: () => new Date(),
    },
  );
}

async function readThroughVerified(
  server: RunningServer,
  trust: Trust,
  { image, expected }: Pick<StoryInput, "image" | "expected">,
): Promise<boolean> {
  step(
    "The server gets the key, and a client reads a document",
    "to the client, which program answers on this very TLS connection, before the image is sent",
  );
  const url = server.url("torchserve.inference");
  // A connection ends when the server loads another model, since its evidence told what was loaded before.
  const released = tell("the key was released: the sealed model is served", await isServed(server, trust));
  await using connection = await openAttested(url, trust);
  const { claims, root, reference } = connection.peer.result;
  say(`  verified: ${claims.tee}, reference '${reference}', vouched for by ${root.name}`);
  const text = await readImage(connection, url, image);
  return released && tell(`the text is "${expected}"`, text === expected);
}

async function readImage({ fetch }: AttestedTransport, url: string, image: Uint8Array<ArrayBuffer>): Promise<unknown> {
  const answer = await fetch(`${url}/predictions/reader`, { method: "POST", body: image });
  const read: { readonly text?: unknown } = JSON.parse(await answer.text());
  say(`  ${JSON.stringify(read)}`);
  return read.text;
}

/** The model store is looked at every second. */
async function isServed(server: RunningServer, trust: Trust): Promise<boolean> {
  const url = server.url("openInference.http");
  await using connection = await openAttested(url, trust);
  for (let tries = 0; tries < 300; tries++) {
    // A connection that ends under the question is opened, and verified, for the next one.
    const answer = await connection.fetch(`${url}/v2/models/reader/ready`).catch(unlessEnded);
    if (answer?.status === 200) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

function unlessEnded(error: unknown): null {
  if (error instanceof SessionError && error.code === "unreachable") return null;
  throw error;
}

async function refuseReplay(server: RunningServer, trust: Trust): Promise<boolean> {
  step(
    "Refused: evidence replayed with an old nonce",
    "to the client, that evidence of the real server does not help another that kept a copy",
  );
  await using replaying = await replayEvidenceOf(server.url("openInference.http"), trust);
  const { trustAnchor, policy } = server.ready;
  const trusting = ["--trust-anchor", String(trustAnchor), "--policy", String(policy)];
  const { code, stdout } = await runCommand(["verify", replaying.url, ...trusting]);
  say(
    stdout
      .split("\n")
      .filter((line) => / FAIL /.test(line))
      .join("\n"),
  );
  const honest = await runCommand(["verify", server.url("openInference.http"), ...trusting]);
  const isFresh = /freshness +FAIL/.test(stdout);
  return tell("refused, while the real server passes every check", code === 1 && isFresh && honest.code === 0);
}

async function refuseLie(dev: readonly string[], lie: string, title: string, proof: string): Promise<boolean> {
  step(title, `to the owner, that ${proof}`);
  say(`  $ sealserve dev --simulate ${lie}`);
  const { code, stdout, stderr } = await runCommand([
    ...dev,
    "--log-level",
    "error",
    "--simulate",
    lie,
    "--log-format",
    "json",
  ]);
  const reason = stderr.split("\n").find((line) => line.startsWith("this process does not start")) ?? stderr;
  say(`  ${reason}`);
  return tell("the server has listened nowhere", code === 1 && stdout === "" && reason.includes("refuse"));
}

async function verifyAudit(server: RunningServer): Promise<boolean> {
  step("The owner checks the log", "to the owner, that every release and refusal is there, and none was changed");
  const asking = ["--broker", server.url("keyBroker.admin"), "--admin-key", String(server.ready["adminKey"])];
  const shown = await runCommand(["audit", "show", ...asking]);
  const refusals = shown.stdout.split("\n").filter((line) => /refused/.test(line));
  say(`  $ sealserve audit show …\n  ${refusals.join("\n  ")}\n  $ sealserve audit verify …`);
  const { code, stdout, stderr } = await runCommand(["audit", "verify", ...asking]);
  say(`  ${(stdout || stderr).trim().split("\n").join("\n  ")}`);
  return tell("the log is whole, and names every refusal", code === 0 && refusals.length === 2);
}
