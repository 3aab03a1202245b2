// The metrics that the code of models gave on all backends, as if it had run in this process.
import { type BackendModelMetrics, type ModelMetricFamily, modelMetricLimits } from "@sealserve/protocols/mesh";
import { type LogFacts, ModelMetrics } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import { CallTimeout } from "../repeated-call.ts";

interface AskedBackend {
  readonly url: string;
  modelMetrics(signal: AbortSignal): Promise<BackendModelMetrics | null>;
}

export interface GatheredModelMetricsOptions {
  /** Milliseconds that each backend has for its answer. */
  readonly timeout: number;
}

export interface GatheredModelMetricsParts {
  backends(): readonly AskedBackend[];
  readonly clock: Pick<Clock, "now" | "setTimer">;
  readonly logger: { debug(message: string, facts?: LogFacts): void };
}

/** Processes that are gone, or do not answer, of which each one's sums are kept apart in case they come back; and series of all of these together. */
const mostAway = 16;
const mostSeriesAway = modelMetricLimits.series;

/** Counters and histograms never go back: what a backend that is gone had counted stays. Its gauges go with it. */
export class GatheredModelMetrics {
  readonly #options: GatheredModelMetricsOptions;
  readonly #parts: GatheredModelMetricsParts;
  /** By process, the one that answered last at the end. */
  readonly #told = new Map<string, readonly ModelMetricFamily[]>();
  #past: ModelMetrics;
  #running: Promise<readonly ModelMetricFamily[]> | null = null;

  constructor(options: GatheredModelMetricsOptions, parts: GatheredModelMetricsParts) {
    this.#options = options;
    this.#parts = parts;
    this.#past = this.#empty();
  }

  /** Asks all backends; whoever asks meanwhile gets the same answer. Never rejects. */
  read(): Promise<readonly ModelMetricFamily[]> {
    this.#running ??= this.#gather().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #gather(): Promise<readonly ModelMetricFamily[]> {
    const present = new Set<string>();
    for (const answer of await Promise.all(this.#parts.backends().map((backend) => this.#ask(backend)))) {
      if (!answer) continue;
      present.add(answer.instance);
      this.#told.delete(answer.instance);
      this.#told.set(answer.instance, answer.metrics);
    }
    this.#forget(present);
    const all = this.#empty();
    for (const family of this.#past.families()) addSums(all, family);
    for (const [instance, families] of this.#told) {
      for (const family of families) present.has(instance) ? all.add(family) : addSums(all, family);
    }
    return all.families();
  }

  async #ask(backend: AskedBackend): Promise<BackendModelMetrics | null> {
    const { clock, logger } = this.#parts;
    const { timeout } = this.#options;
    const asking = new AbortController();
    const limit = clock.setTimer(timeout, () => asking.abort(new CallTimeout(timeout)));
    try {
      return await backend.modelMetrics(asking.signal);
    } catch (error) {
      logger.debug("a backend does not tell the metrics of its models", { backend: backend.url, error });
      return null;
    } finally {
      limit.cancel();
    }
  }

  /** Of the processes that have been away for longest only the sum of all is kept. */
  #forget(present: ReadonlySet<string>): void {
    const away = [...this.#told].filter(([instance]) => !present.has(instance));
    let series = 0;
    for (const [index, [instance, families]] of away.reverse().entries()) {
      series += families.reduce((sum, family) => sum + family.series.length, 0);
      if (index < mostAway && series <= mostSeriesAway) continue;
      for (const family of families) addSums(this.#past, family);
      this.#told.delete(instance);
    }
  }

  #empty(): ModelMetrics {
    return new ModelMetrics({ autoDetect: true }, { isTaken: () => false, now: () => this.#parts.clock.now() });
  }
}

function addSums(to: ModelMetrics, family: ModelMetricFamily): void {
  if (family.kind !== "gauge") to.add(family);
}
