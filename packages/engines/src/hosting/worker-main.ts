// Where an engine's thread or process begins.
import { hostname } from "node:os";
import { serveEngine } from "./serve-engine.ts";
import { workerEngines } from "./worker-engines.ts";
import { workerPort } from "./worker-port.ts";

serveEngine({
  port: workerPort(),
  engines: workerEngines,
  now: () => performance.now(),
  random: () => Math.random(),
  epoch: () => Date.now(),
  hostname: hostname(),
});
