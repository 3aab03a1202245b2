// A key broker in a process of its own over the mock hardware of the benchmark that starts it: `node broker-server.ts FOLDER`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { keyBrokerConfig, readCollateral, recordedSource, startKeyBroker } from "@sealserve/key-broker";
import { silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";

const [folder = ""] = process.argv.slice(2);
const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const config = keyBrokerConfig.parse({
  listen: { port: 0 },
  admin: {
    listen: { port: 0 },
    administrators: [{ name: "bench", publicKey: join(folder, "admin.pub"), roles: ["auditor"] }],
  },
  operations: { port: 0 },
  database: join(folder, "broker.sqlite"),
  rootKey: { file: join(folder, "root.key") },
  trustDomain: "bench.example",
  maxRequestRate: 5_000,
});
const { urls, administration } = await startKeyBroker(config, {
  clock: systemClock(),
  logger: silentLogger(),
  anchors: [JSON.parse(read("anchor.json"))],
  collateral: recordedSource(readCollateral(read("collateral.json"))),
});
await administration.createTenant("bench", "acme");
const { recipient } = await administration.createKey("bench", "acme", "model-key", "x25519");
await administration.setPolicy("bench", "acme", "ocr", JSON.parse(read("policy.json")));
process.stdout.write(`${JSON.stringify({ url: urls.broker, recipient })}\n`);
