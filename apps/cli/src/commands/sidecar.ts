// `sealserve sidecar`: attested TLS around a server that is not ours, with models opened in memory.
import { realHardware } from "@sealserve/client/proving";
import { type ConfigSources, loadConfig, printConfig, run } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { protocolNames, type SidecarStartParts, sidecarConfig, sidecarStart } from "@sealserve/sidecar";
import { Command, Option } from "commander";
import { configOptions, flagsToSettings, type ServeFlags } from "../serve-flags.ts";
import { codeCache } from "../serving/code-cache.ts";

export interface SidecarFlags extends ServeFlags {
  readonly upstream?: string;
  readonly grpcUpstream?: string;
  readonly protocol?: string;
  readonly repository?: string;
  readonly port?: string;
}

export function sidecarCommand(): Command {
  const command = new Command("sidecar")
    .description("start another server with models opened in memory, and put attested TLS in front of it")
    .argument(
      "[command...]",
      "the program and its arguments, behind --; {models} in them is the folder of opened models",
    )
    .option("--upstream <url>", "where it listens for HTTP, such as http://127.0.0.1:8000")
    .option("--grpc-upstream <url>", "where it listens for gRPC, if it does, such as http://127.0.0.1:8001")
    .addOption(new Option("--protocol <name>", "whose inference calls are let through").choices([...protocolNames]))
    .option("--repository <dir>", "a sealed directory, or a folder of sealed models, to open for it")
    .option("--host <host>", "address to listen on (default: 127.0.0.1)")
    .option("--port <port>", "port to listen on (default: 8443)")
    .option("--tls-cert <file>", "TLS with this certificate chain (PEM); left out: one that is made at the start")
    .option("--tls-key <file>", "private key of the certificate (PEM)");
  return configOptions(command);
}

/** Runs until it is told to stop; the result is the exit code. */
export async function sidecar(command: readonly string[], flags: SidecarFlags): Promise<number> {
  const hardware = () => realHardware(globalThis.process, { codeCache });
  return runSidecar(command, flags, () => ({ hardware }));
}

/** The result is the exit code. */
export async function runSidecar(
  command: readonly string[],
  flags: SidecarFlags,
  partsOf: (parts: Pick<SidecarStartParts, "clock">) => Omit<SidecarStartParts, "clock" | "process">,
): Promise<number> {
  const { process } = globalThis;
  const clock = systemClock();
  const sources: ConfigSources = { file: flags.config ?? null, env: process.env, flags: settingsOf(command, flags) };
  if (flags.printConfig) {
    try {
      process.stdout.write(printConfig(loadConfig(sidecarConfig, sources)));
      return 0;
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
      return 2;
    }
  }
  const parts = { clock, process, ...partsOf({ clock }) };
  return run(sidecarStart(sources, parts), { process, clock, debug: flags.logLevel === "debug" });
}

function settingsOf(command: readonly string[], flags: SidecarFlags): Readonly<Record<string, unknown>> {
  const { upstream, grpcUpstream, protocol, repository, port } = flags;
  const own = {
    upstream,
    grpcUpstream,
    protocol,
    repository,
    port,
    command: command.length === 0 ? undefined : command,
  };
  return {
    ...flagsToSettings(flags),
    ...Object.fromEntries(Object.entries(own).filter(([, given]) => given !== undefined)),
  };
}
