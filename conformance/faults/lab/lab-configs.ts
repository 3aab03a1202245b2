// The configurations of the lab's processes, as files: what a process is given that is installed by hand.
import { join } from "node:path";
import type { TemporaryFolder } from "../../e2e/temporary-folder.ts";
import { testAuthority } from "../../fixtures/certificate-authority.ts";

/** What management calls show. */
export const managementToken = "a-token-of-the-lab";

export interface LabConfigs {
  /** Paths. */
  readonly hardware: string;
  readonly backend: string;
  readonly frontend: string;
  /** Of the broker on this host. */
  broker(host: string): string;
}

export interface LabAddresses {
  readonly database: string;
  readonly backends: readonly string[];
  readonly brokers: readonly string[];
}

/** Brokers are asked as `broker`, whichever answers. */
export async function writeConfigs(folder: TemporaryFolder, addresses: LabAddresses): Promise<LabConfigs> {
  const hardware = join(folder.path, "hardware");
  const authority = await testAuthority("The lab's authority");
  const { certificate, privateKey } = await authority.issue({ usage: "server", names: ["broker"] });
  const roots = await folder.write("roots.pem", authority.roots);
  const tls = {
    cert: await folder.write("broker.pem", certificate),
    key: await folder.write("broker.key", privateKey),
  };
  const identity = { keyBroker: { url: "https://broker:8440", ca: roots, tenant: "dev" } };
  const outside = { host: "0.0.0.0" };
  const database = (name: string) => `postgresql://postgres@${addresses.database}/${name}?insecurePlaintext=true`;
  const written = (name: string, config: object) => folder.write(name, JSON.stringify(config));
  const broker = (host: string) => ({
    trustDomain: "lab.test",
    database: database("broker"),
    rootKey: { file: join(hardware, "root.key") },
    auditWitness: join(folder.path, `${host}-witness`),
    listen: { ...outside, tls },
    // Administrators of the lab work on the broker's host.
    admin: {
      administrators: [
        { name: "dev", publicKey: join(hardware, "admin.pub"), roles: ["key-admin", "policy-admin", "auditor"] },
      ],
    },
    operations: { ...outside, insecurePlaintext: true },
  });
  const files = new Map<string, string>();
  for (const host of addresses.brokers) files.set(host, await written(`${host}.json`, broker(host)));
  return {
    hardware,
    backend: await written("backend.json", {
      ...{ identity, listen: outside, operations: outside },
      modelStore: join(folder.path, "store"),
    }),
    frontend: await written("frontend.json", {
      ...{ identity, ...outside, operations: outside },
      backends: { addresses: addresses.backends.map((address) => `https://${address}:9000`) },
      state: database("state"),
      management: { tokenFile: await folder.write("token", managementToken) },
    }),
    broker: (host) => files.get(host) ?? "",
  };
}
