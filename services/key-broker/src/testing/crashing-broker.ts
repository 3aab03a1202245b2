// A key broker in a process of its own that kills itself at one step of a release: `node crashing-broker.ts FOLDER STEP`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { readCollateral, recordedSource } from "../attestations/collateral-document.ts";
import { startKeyBroker } from "../key-broker.ts";
import { fixtureConfig } from "./broker-fixture.ts";

const [folder = "", fatal = ""] = process.argv.slice(2);
const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const { urls } = await startKeyBroker(fixtureConfig(folder, read("admin.pub")), {
  clock: systemClock(),
  logger: silentLogger(),
  anchors: [JSON.parse(read("anchor.json"))],
  collateral: recordedSource(readCollateral(read("collateral.json"))),
  onStep(step) {
    if (step === fatal) process.kill(process.pid, "SIGKILL");
  },
});
process.stdout.write(`${JSON.stringify(urls)}\n`);
