// Which GPU a worker gets: of those that its model may use, the one that fewest workers have.
import { readdir } from "node:fs/promises";
import type { DeviceOptions } from "../model-definition.ts";

/** How many GPUs the driver of this machine knows; 0 where there is none. */
export async function gpuCount(): Promise<number> {
  try {
    return (await readdir("/proc/driver/nvidia/gpus")).length;
  } catch {
    return 0;
  }
}

export class GpuSlots {
  /** Workers by GPU. */
  readonly #workers: Map<number, number>;

  constructor({ type, ids }: DeviceOptions, count: number) {
    const all = Array.from({ length: count }, (_, id) => id);
    const usable = type === "cpu" ? [] : ids.length > 0 ? ids.filter((id) => id < count) : all;
    this.#workers = new Map(usable.map((id) => [id, 0]));
  }

  /** -1: the worker computes without one. */
  take(): number {
    let least: number | null = null;
    for (const [id, workers] of this.#workers)
      if (least === null || workers < (this.#workers.get(least) ?? 0)) least = id;
    if (least === null) return -1;
    this.#workers.set(least, (this.#workers.get(least) ?? 0) + 1);
    return least;
  }

  giveBack(id: number): void {
    const workers = this.#workers.get(id);
    if (workers !== undefined) this.#workers.set(id, workers - 1);
  }
}
