// A change of the root key in a process of its own that kills itself at one step: `node crashing-root-key-change.ts FOLDER STEP`.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Secret, silentLogger } from "@sealserve/server";
import { changeRootKey } from "../maintenance/change-root-key.ts";
import { fixtureConfig } from "./broker-fixture.ts";

const [folder = "", fatal = ""] = process.argv.slice(2);
const config = fixtureConfig(folder, readFileSync(join(folder, "admin.pub"), "utf8"));
await changeRootKey(config, { file: new Secret(Buffer.alloc(32, 8)) }, "operator me", {
  ...{ logger: silentLogger(), epoch: () => Date.now(), randomness: randomBytes },
  onStep(step) {
    if (step === fatal) process.kill(process.pid, "SIGKILL");
  },
});
