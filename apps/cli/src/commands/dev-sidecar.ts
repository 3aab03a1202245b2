// `sealserve dev sidecar`: the sidecar on simulated hardware, whose root lies in a folder that processes share.
import type { Command } from "commander";
import { hardwareFolder } from "../dev/hardware-folder.ts";
import { openSimulatedTee, type SimulatedTee } from "../dev/simulated-tee.ts";
import type { Ends } from "../ends.ts";
import { onSimulated, type SimulatedFlags } from "./dev-processes.ts";
import { runSidecar, type SidecarFlags, sidecarCommand } from "./sidecar.ts";

export function devSidecarCommand(ends: Ends): Command {
  return onSimulated(sidecarCommand()).action(ends(devSidecar));
}

function devSidecar(command: readonly string[], flags: SidecarFlags & SimulatedFlags): Promise<number> {
  return runSidecar(command, flags, ({ clock }) => {
    let opened: SimulatedTee | null = null;
    return {
      async hardware() {
        const { hardware, tee, simulate = null } = flags;
        const state = await hardwareFolder(hardware);
        opened = await openSimulatedTee({ tee, simulate }, { state, now: () => new Date(clock.epoch()) });
        return opened.attester;
      },
      collateral: async (evidence) => opened?.collateral(evidence) ?? null,
    };
  });
}
