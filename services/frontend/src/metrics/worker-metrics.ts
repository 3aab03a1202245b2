// TorchServe's metrics of its workers: how long they took to load, and what a batch takes beside the model itself.
import type { VersionStatistics } from "@sealserve/serving";
import type { EngineReport } from "./engine-report.ts";
import type { Sample } from "./pulled-metric.ts";

/** Numbers of instances grow without end. */
const mostWorkers = 1_000;

export class WorkerLoadTimes {
  readonly #hostname: string;
  readonly #times = new Map<string, number>();

  constructor({ hostname }: { readonly hostname: string }) {
    this.#hostname = hostname;
  }

  take(report: EngineReport): void {
    if (report.type !== "ready") return;
    const { model, version, instance, duration } = report;
    const name = `W-${instance}-${model}_${version}`;
    this.#times.delete(name);
    this.#times.set(name, duration);
    const [oldest] = this.#times.keys();
    if (this.#times.size > mostWorkers && oldest !== undefined) this.#times.delete(oldest);
  }

  *read(): Iterable<Sample<"WorkerName" | "Level" | "Hostname">> {
    for (const [WorkerName, value] of this.#times) {
      yield { labels: { WorkerName, Level: "Host", Hostname: this.#hostname }, value: Math.round(value) };
    }
  }
}

/** Milliseconds of a batch beside the model itself: the mean since it was last asked for. */
export function workerThreadTime(statistics: () => readonly VersionStatistics[]): () => number {
  let last = { count: 0, ns: 0 };
  let mean = 0;
  return () => {
    const now = { count: 0, ns: 0 };
    for (const { executionCount, computeInput, computeOutput } of statistics()) {
      now.count += executionCount;
      now.ns += computeInput.ns + computeOutput.ns;
    }
    if (now.count > last.count) mean = Math.max(0, now.ns - last.ns) / (now.count - last.count) / 1e6;
    last = now;
    return mean;
  };
}
