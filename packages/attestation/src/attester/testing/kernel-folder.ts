// A folder tree that behaves as the kernel's configfs reports do: writing makes output, every write counts, others may come between.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Bytes } from "@sealserve/primitives";
import { type KernelFiles, nodeKernelFiles } from "../kernel-files.ts";

export interface KernelBehaviour {
  readonly provider: string | null;
  /** What the hardware makes of report data. */
  readonly output: (reportData: Bytes) => Bytes;
  readonly table?: Bytes;
  /** How many times another process writes between our write and our read; of them, before our `generation` is read again. */
  disturbances?: number;
  /** How many writes, and reads of outblob, fail with EBUSY first. */
  busyWrites?: number;
  busyReads?: number;
}

export interface KernelFolder extends KernelFiles, AsyncDisposable {
  readonly base: string;
  /** Reports that are there now: none, once every caller cleaned up. */
  reports(): Promise<readonly string[]>;
  /** How often `inblob` was written. */
  readonly writes: () => number;
}

export async function kernelFolder(behaviour: KernelBehaviour): Promise<KernelFolder> {
  const base = await mkdtemp(join(tmpdir(), "tsm-"));
  let writes = 0;
  const busy = (key: "busyWrites" | "busyReads"): void => {
    if ((behaviour[key] ?? 0) === 0) return;
    behaviour[key] = (behaviour[key] ?? 0) - 1;
    throw Object.assign(new Error("EBUSY: resource busy or locked"), { code: "EBUSY" });
  };
  const give = async (report: string, reportData: Bytes): Promise<void> => {
    const generation = Number(await readFile(join(report, "generation"), "utf8"));
    await writeFile(join(report, "generation"), `${generation + 1}\n`);
    await writeFile(join(report, "outblob"), behaviour.output(reportData));
  };
  return {
    base,
    writes: () => writes,
    reports: () => readdir(base),
    exists: nodeKernelFiles.exists,
    async makeFolder(path) {
      await nodeKernelFiles.makeFolder(path);
      const files = { generation: "0\n", inblob: "", outblob: "", auxblob: behaviour.table ?? "" };
      for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
      if (behaviour.provider !== null) await writeFile(join(path, "provider"), `${behaviour.provider}\n`);
    },
    async write(path, bytes) {
      busy("busyWrites");
      writes += 1;
      await nodeKernelFiles.write(path, bytes);
      if (basename(path) === "inblob") await give(dirname(path), bytes);
    },
    async read(path, limit) {
      if (basename(path) === "outblob") {
        busy("busyReads");
        if ((behaviour.disturbances ?? 0) > 0) {
          behaviour.disturbances = (behaviour.disturbances ?? 0) - 1;
          await give(dirname(path), new Uint8Array(64).fill(0xee));
        }
      }
      return nodeKernelFiles.read(path, limit);
    },
    removeFolder: (path) => rm(path, { recursive: true }),
    [Symbol.asyncDispose]: () => rm(base, { recursive: true }),
  };
}
