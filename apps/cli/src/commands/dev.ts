// `sealserve dev`: key broker, backend and frontend in one process on simulated hardware, to try the whole story of trust.
import { createLogger, loadConfig, run, type Started } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { type Command, Option } from "commander";
import { devConfig } from "../dev/dev-config.ts";
import { type Simulation, simulations } from "../dev/simulated-tee.ts";
import { startDev } from "../dev/start-dev.ts";
import { printOnly } from "../print-only.ts";
import { flagsToSettings, type ServeFlags, serveCommand } from "../serve-flags.ts";

export interface DevFlags extends ServeFlags {
  readonly state?: string;
  readonly tee: "sgx" | "tdx" | "snp";
  readonly simulate?: Simulation;
}

/** Time beyond the drain limit in which engines are unloaded and the broker's database is closed. */
const unloadTime = 15_000;

export function devCommand(): Command {
  return (
    serveCommand()
      .name("dev")
      // Behind the name of one process, flags are that process's own.
      .enablePositionalOptions()
      .description("run key broker, backend and frontend in one process on simulated hardware, to try things out")
      .option("--state <dir>", "folder that keeps the broker's keys and the simulated root (default: none is kept)")
      .addOption(new Option("--tee <kind>", "the hardware to simulate").choices(["sgx", "tdx", "snp"]).default("tdx"))
      .addOption(
        new Option("--simulate <lie>", "what the hardware says instead of the truth").choices([...simulations]),
      )
  );
}

/** Runs until it is told to stop; the result is the exit code. */
export async function dev(flags: DevFlags): Promise<number> {
  if (flags.printConfig) return printOnly(devConfig, flags);
  const { process } = globalThis;
  const clock = systemClock();
  const start = async (stack: AsyncDisposableStack, stopping: AbortSignal): Promise<Started> => {
    const sources = { file: flags.config ?? null, env: process.env, flags: flagsToSettings(flags) };
    const config = loadConfig(devConfig, sources);
    const logger = createLogger(config.log, { stream: process.stderr });
    logger.warn("the hardware is simulated: nothing here is protected from anybody on this machine");
    const { tee, simulate = null, state = null } = flags;
    const ready = await startDev(
      config,
      { tee, simulate, state },
      { clock, logger, stack, stopping, environment: process.env },
    );
    if (ready) process.stdout.write(`${JSON.stringify({ ready: true, ...ready })}\n`);
    return { logger, stopLimit: config.drainTimeout + unloadTime };
  };
  return run(start, { process, clock, debug: flags.logLevel === "debug" });
}
