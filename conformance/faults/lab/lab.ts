// The lab: two frontends, three backends, two key brokers on PostgreSQL and a client, each on a host of its own.
import { join } from "node:path";
import { builtCommand } from "../../clients/built-server.ts";
import { type TemporaryFolder, temporaryFolder } from "../../e2e/temporary-folder.ts";
import { ClientHost } from "../../fixtures/client-host.ts";
import { addModel } from "../../fixtures/onnx-model.ts";
import { postgresPrograms } from "../../fixtures/postgres-cluster.ts";
import { type Ended, endOf } from "../../fixtures/spawned-command.ts";
import { type LabConfigs, writeConfigs } from "./lab-configs.ts";
import { LabDatabase } from "./lab-database.ts";
import { LabProcess } from "./lab-process.ts";
import { movedClock } from "./moved-clock.ts";
import { Network } from "./network.ts";
import { pacedModel } from "./paced-model.ts";

export const frontends = ["f1", "f2"] as const;
export const backends = ["b1", "b2", "b3"] as const;
export const brokers = ["k1", "k2"] as const;
export type Frontend = (typeof frontends)[number];
export type Backend = (typeof backends)[number];
export type Broker = (typeof brokers)[number];
export type ProcessHost = Frontend | Backend | Broker;
export type Host = ProcessHost | "db" | "client";

const hosts: readonly Host[] = [...frontends, ...backends, ...brokers, "db", "client"];

export class Lab implements AsyncDisposable {
  readonly network: Network<Host>;
  readonly database: LabDatabase;
  readonly client: ClientHost;
  readonly folder: TemporaryFolder;
  readonly #configs: LabConfigs;
  readonly #processes: ReadonlyMap<ProcessHost, LabProcess>;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: Pick<Lab, "network" | "database" | "client" | "folder"> & { readonly configs: LabConfigs },
    stack: AsyncDisposableStack,
  ) {
    this.network = parts.network;
    this.database = parts.database;
    this.client = parts.client;
    this.folder = parts.folder;
    this.#configs = parts.configs;
    this.#stack = stack;
    const all: readonly ProcessHost[] = [...brokers, ...backends, ...frontends];
    this.#processes = new Map(all.map((host) => [host, this.#processOn(host)]));
  }

  /** Everything runs and is ready when it returns. */
  static async open(): Promise<Lab> {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await temporaryFolder());
    const network = stack.use(await Network.open({ hosts, names: { broker: brokers } }));
    const addresses = {
      database: network.address("db"),
      backends: backends.map((host) => network.address(host)),
      brokers,
    };
    const configs = await writeConfigs(folder, addresses);
    const programs = postgresPrograms();
    if (programs === null) throw new Error("PostgreSQL is not installed");
    const database = stack.use(
      await LabDatabase.start({ programs, folder: folder.path, databases: ["broker", "state"] }, (command) =>
        network.spawn("db", command, { cwd: "/", stdio: ["ignore", "pipe", "pipe"] }),
      ),
    );
    const client = stack.use(
      new ClientHost((command) => network.spawn("client", command, { stdio: ["pipe", "pipe", "inherit"] })),
    );
    const lab = new Lab({ network, database, client, folder, configs }, stack.move());
    try {
      await lab.#begin();
      return lab;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  on(host: ProcessHost): LabProcess {
    const found = this.#processes.get(host);
    if (!found) throw new RangeError(`no process runs on ${host}`);
    return found;
  }

  /** Runs the command on a host to its end. */
  run(host: Host, ...args: readonly string[]): Promise<Ended> {
    return endOf(this.#command(host, args));
  }

  /** Asks a frontend for a sum once it has proved itself, by a clock that is so many seconds ahead; or in a sealed request, over TLS that proves nothing. */
  predict(offset: number, frontend: Frontend, { sealed = false } = {}): Promise<Ended> {
    const { hardware } = this.#configs;
    const trust = ["--trust", join(hardware, "policy.json"), "--trust-anchor", join(hardware, "trust-anchor.json")];
    const url = `https://${this.network.address(frontend)}:8000`;
    const inputs = ["--input", "a=[[1,2,3,4]]", "--input", "b=[[1,2,3,4]]", ...(sealed ? ["--sealed-http"] : [])];
    const env = sealed ? { NODE_TLS_REJECT_UNAUTHORIZED: "0" } : {};
    return endOf(
      this.#command("client", ["predict", "add", "--url", url, ...trust, ...inputs], {
        node: ["--import", movedClock(offset * 1000)],
        env,
      }),
    );
  }

  /** A command for the administrators of a broker, run on its host. */
  administer(broker: Broker, ...args: readonly string[]): Promise<Ended> {
    const key = join(this.#configs.hardware, "admin.key");
    return this.run(broker, ...args, "--broker", "http://127.0.0.1:8441", "--admin-key", key);
  }

  async #begin(): Promise<void> {
    const { recipient } = await this.on("k1").start();
    await this.on("k2").start();
    const plain = await this.folder.write("add.onnx", addModel());
    await this.folder.write("store/spare/config.pbtxt", 'backend: "identity"\nmax_batch_size: 8\n');
    await this.folder.write("store/spare/1/.keep", "");
    await this.folder.write("store/paced.mar", pacedModel(this.folder.path));
    const out = join(this.folder.path, "store/add.onnx.age");
    const { code, stderr } = await this.run("client", "seal", plain, "--to", String(recipient), "--out", out);
    if (code !== 0) throw new Error(stderr);
    await Promise.all([...backends, ...frontends].map((host) => this.on(host).start()));
  }

  #processOn(host: ProcessHost): LabProcess {
    const { hardware, backend, frontend, broker } = this.#configs;
    const simulated = ["--hardware", hardware, "--log-format", "json"];
    const args = isBroker(host)
      ? ["dev", "key-broker", ...simulated, "--config", broker(host), "--allow", "add"]
      : [
          "dev",
          isBackend(host) ? "backend" : "frontend",
          ...simulated,
          "--config",
          isBackend(host) ? backend : frontend,
        ];
    return this.#stack.use(new LabProcess(host, (more) => this.#command(host, [...args, ...more])));
  }

  #command(
    host: Host,
    args: readonly string[],
    more: { readonly node?: readonly string[]; readonly env?: object } = {},
  ) {
    const env = { PATH: process.env["PATH"] ?? "", ...more.env };
    return this.network.spawn(host, [process.execPath, ...(more.node ?? []), builtCommand, ...args], {
      ...{ env, cwd: this.folder.path },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

export function isBackend(host: Host): host is Backend {
  return (backends as readonly Host[]).includes(host);
}

export function isBroker(host: Host): host is Broker {
  return (brokers as readonly Host[]).includes(host);
}
