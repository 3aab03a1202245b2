// Loads the one model of a store in a process of its own, sealed or not, then prints one JSON line: how long it took, and memory in MB.
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { backendConfig, startBackend } from "@sealserve/backend";
import { keyFileIdentities } from "@sealserve/client/identities";
import { Secret, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";

const [modelStore, keyFile] = process.argv.slice(2);
const config = backendConfig.parse({ modelStore, pollInterval: 0, loadRetries: 0 });
const identity = keyFile === undefined ? {} : { identitiesFor: keyFileIdentities(new Secret(readFileSync(keyFile))) };
const idle = memoryOf("VmRSS");
const filesBefore = filesInMemory();
let sampled = 0;
const sampling = setInterval(() => {
  // What is mapped of files in memory is part of those files.
  sampled = Math.max(sampled, memoryOf("VmRSS") - memoryOf("RssShmem") + filesInMemory() - filesBefore);
}, 5);
const start = performance.now();
await using backend = await startBackend(config, { clock: systemClock(), logger: silentLogger(), ...identity });
await backend.settled();
const milliseconds = performance.now() - start;
clearInterval(sampling);
const [status] = await backend.service.status({ name: "large" });
const loaded = status?.state === "available";
const peak = Math.max(sampled, memoryOf("VmHWM"));
process.stdout.write(`${JSON.stringify({ loaded, milliseconds, idle, peak })}\n`);

/** MB (10^6 bytes) by the kernel's count: now, or the most there ever was. */
function memoryOf(field: "VmRSS" | "VmHWM" | "RssShmem"): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return (Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) * 1024) / 1e6;
}

/** MB of all files in `/dev/shm`, mapped or not: they are memory, too, but of no process. */
function filesInMemory(): number {
  if (!existsSync("/dev/shm")) return 0;
  const { blocks, bfree, bsize } = statfsSync("/dev/shm");
  return ((blocks - bfree) * bsize) / 1e6;
}
