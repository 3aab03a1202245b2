// Nothing sealed opens unlogged: the broker's log is whole, and has a release for each key that a backend was given.
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Broker, backends, type Lab } from "./lab.ts";

/** How many releases the log has. Fails where it is not whole, or ends before what was seen of it last time. */
export async function releases(lab: Lab, broker: Broker = "k1"): Promise<number> {
  const checkpoint = ["--checkpoint", join(lab.folder.path, "seen.json")];
  const verified = await lab.administer(broker, "audit", "verify", ...checkpoint);
  assert.equal(verified.code, 0, verified.stderr);
  const { stdout } = await lab.administer(broker, "audit", "show");
  return stdout.split("\n").filter((line) => / {2}unwrap add .* accepted /.test(line)).length;
}

/** How often a backend opened the sealed model, in all its starts. */
export function openings(lab: Lab): number {
  const opened = (log: string) => [...log.matchAll(/"stage":"key","msg":"sealed model"/g)].length;
  return backends.reduce((sum, host) => sum + opened(lab.on(host).wholeLog), 0);
}

/** One too many in the log is a release whose answer was lost on its way. */
export async function assertNothingOpenedUnlogged(lab: Lab): Promise<void> {
  const [logged, opened] = [await releases(lab), openings(lab)];
  assert.ok(logged >= opened, `${opened} keys were given out, and the log has ${logged}`);
}
