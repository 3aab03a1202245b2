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

  /** So many different ones, or as many as there are. */
  take(count: number): readonly number[] {
    const free = [...this.#workers].toSorted(([, one], [, other]) => one - other).slice(0, count);
    for (const [id, workers] of free) this.#workers.set(id, workers + 1);
    return free.map(([id]) => id);
  }

  giveBack(ids: readonly number[]): void {
    for (const id of ids) this.#workers.set(id, (this.#workers.get(id) ?? 1) - 1);
  }
}
