// `sealserve tenants create|list|mesh`: who has keys and policies at a key broker.
import { adminRoutes } from "@sealserve/protocols/key-broker";
import { Command } from "commander";
import { addBrokerFlags, askBroker, type BrokerFlags, print, tellBroker } from "../broker-connection.ts";
import type { Ends } from "../ends.ts";

export function tenantsCommand(ends: Ends): Command {
  const create = new Command("create").description("register a tenant").argument("<tenant>").action(ends(createTenant));
  const list = new Command("list").description("list the tenants in your reach").action(ends(listTenants));
  const mesh = new Command("mesh")
    .description("print the digest by which evidence of a tenant's frontends names their mesh: what clients pin")
    .argument("<tenant>")
    .option("--json", "print JSON, with the roots")
    .action(ends(tellMesh));
  const command = new Command("tenants").description("who has keys and policies at a key broker");
  for (const one of [create, list, mesh]) command.addCommand(addBrokerFlags(one));
  return command;
}

function createTenant(tenant: string, flags: BrokerFlags): Promise<number> {
  return tellBroker(async () => {
    await askBroker(flags)(adminRoutes.createTenant, { tenant });
    process.stdout.write(`${tenant}\n`);
    return 0;
  });
}

function listTenants(flags: BrokerFlags): Promise<number> {
  return tellBroker(async () => {
    const tenants = await askBroker(flags)(adminRoutes.listTenants, {});
    process.stdout.write(tenants.map((tenant) => `${tenant}\n`).join(""));
    return 0;
  });
}

function tellMesh(tenant: string, flags: BrokerFlags & { readonly json?: true }): Promise<number> {
  return tellBroker(async () => {
    const mesh = await askBroker(flags)(adminRoutes.readMesh, { tenant });
    if (flags.json) print(mesh);
    else process.stdout.write(`${mesh.digest}\n`);
    return 0;
  });
}
