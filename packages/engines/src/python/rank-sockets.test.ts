// Where a server does not connect to though somebody listens there.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { RankSockets } from "./rank-sockets.ts";

it("a worker's socket that is a link to that of another is not connected to (G19)", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rank-sockets-"));
  let connections = 0;
  const other = createServer(() => connections++).listen(join(folder, "other"));
  await once(other, "listening");
  await symlink(join(folder, "other"), join(folder, "link"));
  const listener = { reply: assert.fail, broken: assert.fail, closed: () => {} };
  const open = (name: string): RankSockets =>
    new RankSockets({ paths: [join(folder, name)], limits: { maxSize: 1, maxPredictions: () => 1 } }, listener);
  try {
    await assert.rejects(open("link").connect(), /listen/);
    await assert.rejects(open("nothing").connect(), { code: "ENOENT" });
    const straight = open("other");
    await straight.connect();
    straight.destroy();
    assert.equal(connections, 1);
  } finally {
    other.close();
    await rm(folder, { recursive: true });
  }
});
