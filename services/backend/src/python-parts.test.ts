// What Python handlers get of the server, and when it is told that they run as its user.
import assert from "node:assert/strict";
import { it } from "node:test";
import { silentLogger } from "@sealserve/server";
import { backendConfig } from "./config.ts";
import { openPython } from "./python-parts.ts";

function warnings(measured: boolean): readonly string[] {
  const told: string[] = [];
  const logger = { ...silentLogger(), warn: (text: string) => void told.push(text) };
  const config = backendConfig.parse({ modelStore: "models" });
  const parts = openPython(config, { environment: {}, measured, modelCode: measured ? [] : "any", logger });
  assert.deepEqual([parts.memoryOnly, parts.imageOnly, parts.users], [measured, measured, undefined]);
  parts.onServersUser?.();
  parts.onServersUser?.();
  return told;
}

it("in a TEE handlers that run as the server's user are warned of once, elsewhere never (G19)", () => {
  assert.equal(warnings(false).length, 0);
  const [warning = "", ...more] = warnings(true);
  assert.match(warning, /^python\.users/);
  assert.deepEqual(more, []);
});
