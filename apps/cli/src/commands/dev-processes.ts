// `sealserve dev frontend|backend|key-broker`: the same processes on simulated hardware, whose root lies in a folder that they share.
import { type Collateral, cachedSource, type Evidence } from "@sealserve/attestation";
import { backendStart } from "@sealserve/backend";
import { frontendStart } from "@sealserve/frontend";
import { keyBrokerStart } from "@sealserve/key-broker";
import type { ConfigSources, Start } from "@sealserve/server";
import { type Clock, systemClock } from "@sealserve/serving";
import { type Command, InvalidArgumentError, Option } from "commander";
import { publishDevFiles } from "../dev/dev-files.ts";
import { openDevState } from "../dev/dev-state.ts";
import { devTenant, prepareDevTenant } from "../dev/dev-tenant.ts";
import { hardwareFolder } from "../dev/hardware-folder.ts";
import { offsetClock } from "../dev/offset-clock.ts";
import { openSimulatedTee, type SimulatedTee, type Simulation, simulations } from "../dev/simulated-tee.ts";
import type { Ends } from "../ends.ts";
import { backendCommand, frontendCommand, keyBrokerCommand, type ProcessFlags } from "../process-flags.ts";
import { runProcess } from "../run-process.ts";
import { version } from "../version.ts";

export interface SimulatedFlags extends ProcessFlags {
  readonly hardware: string;
  readonly tee: "sgx" | "tdx" | "snp";
  readonly simulate?: Simulation;
  readonly clockOffset?: number;
}

interface SimulatedBrokerFlags extends SimulatedFlags {
  readonly allow?: readonly string[];
  readonly meshLifetime?: number;
}

export function devProcessCommands(ends: Ends): readonly Command[] {
  const broker = onSimulated(keyBrokerCommand())
    .option(
      "--allow <model>",
      "a model that backends may open; may be repeated",
      (model: string, before: string[] = []) => [...before, model],
    )
    .option("--mesh-lifetime <seconds>", "of mesh certificates, to see them end", readSeconds);
  return [
    onSimulated(frontendCommand()).action(ends(devFrontend)),
    onSimulated(backendCommand()).action(ends(devBackend)),
    broker.action(ends(devKeyBroker)),
  ];
}

/** The flags of whoever runs on simulated hardware. */
export function onSimulated(command: Command): Command {
  return command
    .requiredOption("--hardware <dir>", "folder of the simulated root, the same for all processes")
    .addOption(new Option("--tee <kind>", "the hardware to simulate").choices(["sgx", "tdx", "snp"]).default("tdx"))
    .addOption(new Option("--simulate <lie>", "what the hardware says instead of the truth").choices([...simulations]))
    .option(
      "--clock-offset <seconds>",
      "how far the process's clock is ahead; negative where it is behind",
      readOffset,
    );
}

function devFrontend(flags: SimulatedFlags): Promise<number> {
  return runSimulated(flags, (sources, parts) => {
    let opened: SimulatedTee | null = null;
    const hardware = async () => {
      opened = await simulatedTee(flags);
      return opened.attester;
    };
    const collateral = async (evidence: Evidence): Promise<Collateral | null> => opened?.collateral(evidence) ?? null;
    return frontendStart(sources, { ...parts, hardware, collateral, version });
  });
}

function devBackend(flags: SimulatedFlags): Promise<number> {
  const hardware = async () => (await simulatedTee(flags)).attester;
  return runSimulated(flags, (sources, parts) => backendStart(sources, { ...parts, hardware, version }));
}

/** Without a configuration the broker keeps its state in the folder of the hardware, and has a tenant of its own there. */
function devKeyBroker(flags: SimulatedBrokerFlags): Promise<number> {
  return runSimulated(flags, (sources, parts): Start => {
    return async (stack, stopping) => {
      const state = stack.use(await openDevState(flags.hardware));
      const { authority, reference } = await simulatedTee(flags);
      const { anchor, source } = authority;
      const ownNow = () => now(parts.clock);
      const collateral = cachedSource(source, {}, { clock: { now: ownNow } });
      const { meshLifetime, allow = [] } = flags;
      const start = keyBrokerStart(withDefaults(sources, state), {
        ...parts,
        simulated: {
          ...{ anchor, collateral },
          ...(meshLifetime === undefined ? {} : { meshLifetime }),
          async prepare(broker) {
            const processes = { server: ["backend"], frontend: ["frontend"] } as const;
            const tenant = await prepareDevTenant(processes, { broker, state, anchor, reference, now: ownNow });
            for (const model of allow) await tenant.allow(model);
            const files = await publishDevFiles(state, { anchor, reference });
            return { tenant: devTenant, recipient: tenant.recipient, ...files };
          },
        },
      });
      return start(stack, stopping);
    };
  });
}

function runSimulated(flags: SimulatedFlags, startOf: Parameters<typeof runProcess>[1]): Promise<number> {
  return runProcess(flags, startOf, { clock: offsetClock(systemClock(), flags.clockOffset ?? 0) });
}

function withDefaults(sources: ConfigSources, state: Awaited<ReturnType<typeof openDevState>>): ConfigSources {
  if (sources.file !== null) return sources;
  const administrator = {
    name: "dev",
    publicKey: state.path("admin.pub"),
    roles: ["key-admin", "policy-admin", "auditor"],
  };
  const defaults = {
    "admin.administrators": [administrator],
    database: state.path("broker.sqlite"),
    auditWitness: state.path("audit-witness"),
    "rootKey.file": state.path("root.key"),
    trustDomain: "dev.sealserve.invalid",
  };
  return { ...sources, flags: { ...defaults, ...sources.flags } };
}

/** Whoever made the hardware knows the time, also where the process does not. */
async function simulatedTee({ hardware, tee, simulate }: SimulatedFlags) {
  return openSimulatedTee(
    { tee, simulate: simulate ?? null },
    { state: await hardwareFolder(hardware), now: () => now(systemClock()) },
  );
}

function now(clock: Clock): Date {
  return new Date(clock.epoch());
}

function readSeconds(text: string): number {
  const time = readOffset(text);
  if (time > 0) return time;
  throw new InvalidArgumentError("it must be a number of seconds.");
}

function readOffset(text: string): number {
  const seconds = Number(text);
  if (text !== "" && Number.isFinite(seconds)) return seconds * 1000;
  throw new InvalidArgumentError("it must be a number of seconds.");
}
