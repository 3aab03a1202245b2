// PostgreSQL on a host of the lab, its data on a disk of its own that can be filled.
import { type ChildProcess, execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../e2e/until.ts";
import { LabProcess } from "./lab-process.ts";
import { SmallDisk } from "./namespaces.ts";

/** Bytes: an empty cluster takes some fifty million. */
const diskSize = 128 * 1024 * 1024;

/** The server refuses to run as root. */
const asPostgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] as const;

export interface LabDatabaseOptions {
  /** Where PostgreSQL's programs are. */
  readonly programs: string;
  readonly folder: string;
  readonly databases: readonly string[];
}

interface LabDatabaseParts {
  readonly disk: SmallDisk;
  readonly spawn: (command: readonly string[]) => ChildProcess;
}

export class LabDatabase implements AsyncDisposable {
  readonly #programs: string;
  readonly #disk: SmallDisk;
  readonly #sockets: string;
  readonly #process: LabProcess;

  private constructor({ programs, folder }: LabDatabaseOptions, { disk, spawn }: LabDatabaseParts) {
    this.#programs = programs;
    this.#disk = disk;
    this.#sockets = join(folder, "sockets");
    // Its user may pass through, and look at nothing.
    chmodSync(folder, 0o711);
    const data = join(this.#disk.path, "data");
    for (const each of [data, this.#sockets]) {
      mkdirSync(each);
      execFileSync("chown", ["postgres:", each]);
    }
    this.#run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--wal-segsize=1", "--no-sync");
    appendFileSync(join(data, "pg_hba.conf"), "host all all 10.77.0.0/24 trust\n");
    const settings = {
      listen_addresses: "*",
      unix_socket_directories: this.#sockets,
      shared_buffers: "16MB",
      // What is written soon needs a new segment, and finds the disk full.
      ...{ max_wal_size: "8MB", min_wal_size: "2MB", wal_recycle: "off" },
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const server = join(programs, "postgres");
    this.#process = new LabProcess("PostgreSQL", () => spawn([...asPostgres, server, "-D", data, ...flags]));
  }

  /** `spawn` starts a command on the database's host. */
  static async start(options: LabDatabaseOptions, spawn: LabDatabaseParts["spawn"]): Promise<LabDatabase> {
    await using stack = new AsyncDisposableStack();
    const disk = stack.use(new SmallDisk(join(options.folder, "disk"), diskSize));
    const database = stack.use(new LabDatabase(options, { disk, spawn }));
    await database.start();
    for (const name of options.databases) database.#run("createdb", "-h", database.#sockets, name);
    stack.move();
    return database;
  }

  async start(): Promise<void> {
    void this.#process.start().catch(() => "it prints no ready line");
    await until(
      async () => this.#accepting,
      () => `PostgreSQL does not start\n${this.#process.log}`,
    );
  }

  async kill(): Promise<void> {
    await this.#process.kill();
  }

  /** As `pg_ctl restart -m fast` does. */
  async restart(): Promise<void> {
    await this.#process.interrupt();
    await this.start();
  }

  /** Leaves no byte free, and nothing that the server could remove to get some. */
  fillDisk(): void {
    this.#query("checkpoint");
    const { bavail, bsize } = statfsSync(this.#disk.path);
    try {
      writeFileSync(this.#filler, Buffer.alloc(bavail * bsize, 1));
    } catch (error) {
      // The server took some of it meanwhile.
      if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    }
  }

  /** What is written next needs a new segment of the log of changes. */
  endSegment(): void {
    // Where there is no room for one, the server may end before it answers.
    this.#query("select pg_switch_wal()");
  }

  /** There is room again. Where the server had ended, it is started; returns which of both. */
  async freeDisk(): Promise<"went on" | "had ended"> {
    rmSync(this.#filler);
    await until(async () => this.#accepting || !this.#process.running);
    if (this.#process.running) return "went on";
    await this.start();
    return "had ended";
  }

  get #accepting(): boolean {
    return spawnSync(join(this.#programs, "pg_isready"), ["-h", this.#sockets]).status === 0;
  }

  get #filler(): string {
    return join(this.#disk.path, "filler");
  }

  #query(statement: string): void {
    spawnSync(join(this.#programs, "psql"), ["-h", this.#sockets, "-U", "postgres", "-c", statement]);
  }

  #run(program: string, ...args: readonly string[]): void {
    const [command, ...flags] = [...asPostgres, join(this.#programs, program), ...args];
    execFileSync(command, flags, { stdio: ["ignore", "ignore", "pipe"], cwd: "/" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    // Whatever it started ends when it notices; the disk is let go of when the last has.
    this.#disk[Symbol.dispose]();
  }
}
