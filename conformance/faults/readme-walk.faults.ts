// The README's walk of a request and a key on hosts of their own: its very commands, with nothing but the addresses and the folder filled in.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../e2e/temporary-folder.ts";
import { filledIn, type WalkPlace, walkCommands } from "../fixtures/readme-walk.ts";
import { HostShell } from "./lab/host-shell.ts";
import { Network } from "./lab/network.ts";
import { missingForNetwork, missingPrograms } from "./lab/whole-machine.ts";

const root = join(import.meta.dirname, "../..");
const hosts = ["broker", "backend", "f1", "f2", "client", "other"] as const;
type WalkHost = (typeof hosts)[number];

test("a request and a key go their ways across hosts by the README's commands", {
  skip: missingForNetwork() || missingPrograms(["openssl", "version"]),
  timeout: 150_000,
}, async () => {
  await using folder = await temporaryFolder();
  await using network = await Network.open({ hosts, names: {} });
  const commands = walkCommands();
  const shells = new Map(
    hosts.map((host) => [host, new HostShell((command) => network.spawn(host, command, { cwd: root, stdio: "pipe" }))]),
  );
  const on = (host: WalkHost): HostShell => shells.get(host) ?? assert.fail();
  const type = (host: WalkHost, place: WalkPlace): Promise<string> => on(host).type(commands.get(place) ?? "");
  /** What is filled in on a host; `frontend` is the one that is meant there. */
  const fillIn = async (host: WalkHost, frontend: WalkHost): Promise<void> => {
    const values = {
      BROKER: network.address("broker"),
      BACKEND: network.address("backend"),
      FRONTEND: network.address(frontend),
      WALK: folder.path,
    };
    await on(host).type(filledIn(commands.get("On each host") ?? "", values));
  };

  for (const host of hosts) await fillIn(host, host === "f2" ? "f2" : "f1");
  await type("broker", "The key broker");
  await type("backend", "The backend");
  for (const frontend of ["f1", "f2"] as const) {
    await type(frontend, "The frontend");
    await fillIn("client", frontend);
    const seen = await type("client", "A client");
    assert.ok(seen.startsWith(`https://${network.address(frontend)}:8000\n`), seen);
    assert.match(seen, /^PASS$/m);
    assert.ok(seen.includes("[[1.5, 2.5]]"), seen);
  }

  assert.equal((await type("other", "Another program")).trim(), "refused");
  assert.match(on("other").log, /this process does not start, the policy refuses it/);
  assert.doesNotMatch(on("other").log, /listening/);
  const told = await type("broker", "The owner");
  assert.match(told, /one unbroken chain/);
  // The one that serves was given the keys of the model's files; the other asked for none after it was refused.
  const entries = told.trim().split("\n");
  const releases = entries.filter((line) => line.includes("unwrap echo"));
  assert.ok(releases.length > 0 && releases.every((line) => line.includes(" accepted ")), told);
  assert.match(entries.at(-1) ?? "", /attest server +refused no-reference-matched/);
});
