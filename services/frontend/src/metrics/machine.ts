// What the machine itself has to report: processors, memory and disk.
import { statfsSync } from "node:fs";
import { cpus, freemem, totalmem } from "node:os";

/** Sizes in bytes. */
export interface Extent {
  readonly total: number;
  readonly available: number;
}

/** Milliseconds that all processors together have spent since the machine started. */
export interface ProcessorTimes {
  readonly busy: number;
  readonly total: number;
}

export interface Machine {
  processors(): ProcessorTimes;
  memory(): Extent;
  /** The file system of the root folder. */
  disk(): Extent;
}

export function systemMachine(): Machine {
  return {
    processors() {
      let idle = 0;
      let total = 0;
      for (const { times } of cpus()) {
        idle += times.idle;
        total += times.user + times.nice + times.sys + times.idle + times.irq;
      }
      return { busy: total - idle, total };
    },
    memory: () => ({ total: totalmem(), available: freemem() }),
    disk() {
      const { blocks, bavail, bsize } = statfsSync("/");
      return { total: blocks * bsize, available: bavail * bsize };
    },
  };
}

/** The share of the processors' time, 0 to 1, that was used since the function was last called, or since it was made. */
export function processorShare(machine: Machine): () => number {
  let last = machine.processors();
  let share = 0;
  return () => {
    const now = machine.processors();
    if (now.total > last.total) share = (now.busy - last.busy) / (now.total - last.total);
    last = now;
    return share;
  };
}
