// The key broker as a process of its own: `node main.ts [config.yaml]`, and SEALSERVE_… variables over the file.
import { amdRoots, intelRoot } from "@sealserve/attestation";
import { createLogger, loadConfig, run, type Started } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { collateralOf } from "./attestations/collateral-of.ts";
import { keyBrokerProcessConfig } from "./config.ts";
import { startKeyBroker } from "./key-broker.ts";

/** Time beyond the listeners' drain limit in which the database is closed. */
const stopLimit = 45_000;
const clock = systemClock();
const [file = null] = process.argv.slice(2);

async function start(stack: AsyncDisposableStack): Promise<Started> {
  const config = loadConfig(keyBrokerProcessConfig, { file, env: process.env, flags: {} });
  const logger = createLogger(config.log, { stream: process.stderr });
  const anchors = [intelRoot, ...amdRoots];
  const collateral = collateralOf(config.collateral, { clock, fetch });
  const { urls, adminAudience } = stack.use(await startKeyBroker(config, { clock, logger, anchors, collateral }));
  process.stdout.write(`${JSON.stringify({ ready: true, listeners: urls, adminAudience })}\n`);
  return { logger, stopLimit };
}

process.exitCode = await run(start, { process, clock, debug: false });
