// Loads the one model of a store in a process of its own, sealed or not, then prints one JSON line: how long it took, and memory in MB.
import { readFileSync } from "node:fs";
import { backendConfig, startBackend } from "@sealserve/backend";
import { keyFileIdentities } from "@sealserve/client/identities";
import { Secret, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";

const [modelStore, keyFile] = process.argv.slice(2);
const config = backendConfig.parse({ modelStore, pollInterval: 0, loadRetries: 0 });
const identity = keyFile === undefined ? {} : { identitiesFor: keyFileIdentities(new Secret(readFileSync(keyFile))) };
const idle = memoryOf("VmRSS");
const start = performance.now();
await using backend = await startBackend(config, { clock: systemClock(), logger: silentLogger(), ...identity });
await backend.settled();
const milliseconds = performance.now() - start;
const [status] = await backend.service.status({ name: "large" });
const loaded = status?.state === "available";
process.stdout.write(`${JSON.stringify({ loaded, milliseconds, idle, peak: memoryOf("VmHWM") })}\n`);

/** MB (10^6 bytes) by the kernel's count: now, or the most there ever was. */
function memoryOf(field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return (Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) * 1024) / 1e6;
}
