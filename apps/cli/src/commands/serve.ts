// `sealserve serve`: a frontend and a backend in one process.
import { openIdentity } from "@sealserve/client/identities";
import { realHardware } from "@sealserve/client/proving";
import { createLogger, loadConfig, needsEvidence, run, type Started } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { printOnly } from "../print-only.ts";
import { readyLine } from "../ready-line.ts";
import { type ServeConfig, serveConfig } from "../serve-config.ts";
import { flagsToSettings, type ServeFlags } from "../serve-flags.ts";
import { codeCache } from "../serving/code-cache.ts";
import { startServing } from "../serving/start-serving.ts";

/** Time beyond the drain limit in which engines are unloaded. */
const unloadTime = 15_000;

/** Runs until it is told to stop; the result is the exit code. */
export async function serve(flags: ServeFlags): Promise<number> {
  const { process } = globalThis;
  const clock = systemClock();
  const debug = flags.logLevel === "debug";
  const start = async (stack: AsyncDisposableStack, stopping: AbortSignal): Promise<Started> => {
    const config = loadConfig(serveConfig, {
      file: flags.config ?? null,
      env: process.env,
      flags: flagsToSettings(flags),
    });
    const logger = createLogger(config.log, { stream: process.stderr });
    const { identity } = config;
    const hardware = () => realHardware(process, { codeCache, program: import.meta.dirname });
    const opening = await openIdentity(identity, { clock, logger, stopping, hardware });
    const parts = { clock, logger, stack, stopping, environment: process.env, ...opening };
    const serving = await startServing(withTls(config), parts);
    if (serving) process.stdout.write(`${readyLine(serving)}\n`);
    return { logger, stopLimit: config.drainTimeout + unloadTime };
  };
  if (flags.printConfig) return printOnly(serveConfig, flags);
  return run(start, { process, clock, debug });
}

/** In a TEE there is no plaintext: without a certificate of its own, the process makes one that its evidence names. */
function withTls(config: ServeConfig): ServeConfig {
  const { identity, tls } = config;
  return needsEvidence(identity) && tls === null ? { ...config, tls: "self-signed" } : config;
}
