// The commands by name, each imported only when it is asked for: a server holds no code for sealing, and help waits for nothing else.
import type { Command } from "commander";
import type { Ends } from "./ends.ts";

export type { Ends };

/** In the order in which help lists them. */
const commandTable: Readonly<Record<string, (ends: Ends) => Promise<Command>>> = {
  async serve(ends) {
    const { serveCommand } = await import("./serve-flags.ts");
    const { serve } = await import("./commands/serve.ts");
    return serveCommand().action(ends(serve));
  },
  async torchserve(ends) {
    const { torchserve, torchserveCommand } = await import("./commands/torchserve.ts");
    return torchserveCommand().action(ends(torchserve));
  },
  async frontend(ends) {
    const { frontendCommand } = await import("./process-flags.ts");
    const { frontend } = await import("./commands/processes.ts");
    return frontendCommand().action(ends(frontend));
  },
  async backend(ends) {
    const { backendCommand } = await import("./process-flags.ts");
    const { backend } = await import("./commands/processes.ts");
    return backendCommand().action(ends(backend));
  },
  async "key-broker"(ends) {
    const { keyBrokerCommand } = await import("./process-flags.ts");
    const { keyBroker } = await import("./commands/processes.ts");
    return keyBrokerCommand().action(ends(keyBroker));
  },
  async sidecar(ends) {
    const { sidecar, sidecarCommand } = await import("./commands/sidecar.ts");
    return sidecarCommand().action(ends(sidecar));
  },
  async dev(ends) {
    const { dev, devCommand } = await import("./commands/dev.ts");
    const { devProcessCommands } = await import("./commands/dev-processes.ts");
    const command = devCommand().action(ends(dev));
    const { devSidecarCommand } = await import("./commands/dev-sidecar.ts");
    for (const inner of [...devProcessCommands(ends), devSidecarCommand(ends)]) command.addCommand(inner);
    return command;
  },
  async predict(ends) {
    const { predict, predictCommand } = await import("./commands/predict.ts");
    return predictCommand().action(ends(predict));
  },
  async models(ends) {
    const { models, modelsCommand } = await import("./commands/models.ts");
    return modelsCommand().action(ends(models));
  },
  async pack(ends) {
    const { pack, packCommand } = await import("./commands/pack.ts");
    return packCommand().action(ends(pack));
  },
  async seal(ends) {
    const { seal, sealCommand } = await import("./commands/seal.ts");
    return sealCommand().action(ends(seal));
  },
  async open(ends) {
    const { open, openCommand } = await import("./commands/open.ts");
    return openCommand().action(ends(open));
  },
  async inspect(ends) {
    const { inspect, inspectCommand } = await import("./commands/inspect.ts");
    return inspectCommand().action(ends(inspect));
  },
  async verify(ends) {
    const { verify, verifyCommand } = await import("./commands/verify.ts");
    return verifyCommand().action(ends(verify));
  },
  evidence: async (ends) => (await import("./commands/evidence.ts")).evidenceCommand(ends),
  enclave: async (ends) => (await import("./commands/enclave.ts")).enclaveCommand(ends),
  manifest: async (ends) => (await import("./commands/manifest.ts")).manifestCommand(ends),
  collateral: async (ends) => (await import("./commands/collateral.ts")).collateralCommand(ends),
  keys: async (ends) => (await import("./commands/keys.ts")).keysCommand(ends),
  policy: async (ends) => (await import("./commands/policy.ts")).policyCommand(ends),
  reference: async (ends) => (await import("./commands/reference.ts")).referenceCommand(ends),
  resources: async (ends) => (await import("./commands/resources.ts")).resourcesCommand(ends),
  tenants: async (ends) => (await import("./commands/tenants.ts")).tenantsCommand(ends),
  broker: async (ends) => (await import("./commands/broker.ts")).brokerCommand(ends),
  mesh: async (ends) => (await import("./commands/mesh.ts")).meshCommand(ends),
  migrate: async (ends) => (await import("./commands/migrate.ts")).migrateCommand(ends),
  audit: async (ends) => (await import("./commands/audit.ts")).auditCommand(ends),
};

/** The command that is named, or all where none of them is: to list them, or to say which there are. */
export function commandsFor(name: string | undefined, ends: Ends): Promise<Command[]> {
  const named = name !== undefined && Object.hasOwn(commandTable, name) ? commandTable[name] : undefined;
  return Promise.all((named ? [named] : Object.values(commandTable)).map((load) => load(ends)));
}
