// What a worker prints, sorted: that it listens, metrics, and all else for the log; the last lines are kept to say why it ended.
import type { EngineMetric } from "../hosting/engine-metric.ts";
import { isMetricLine, MetricLines } from "./metric-line.ts";
import { LineGate } from "./output-lines.ts";

export interface WorkerOutputParts {
  /** Milliseconds. */
  readonly now: () => number;
  readonly onStarted: () => void;
  readonly onMetric: (metric: EngineMetric) => void;
  readonly onText: (text: string) => void;
}

const startedLine = "Torch worker started.";
/** What the worker prints for each batch that it gets, and nobody wants to read. */
const chatter = /^(?:Backend received inference at: |skip sending response at rank \d)/;
/** In a second. */
const maxLines = 200;
/**
 * Likewise; several for each request of a worker that does nothing else, and of a core no more than the tenth part: a line takes about 2 microseconds.
 * Each is passed on as it is read, and none is kept.
 */
const maxMetrics = 50_000;
const keptLines = 100;

/** `ModuleNotFoundError: No module named 'x'`, or a class of the handler's own. */
const exception = /^(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception|Exit|Interrupt)(?:: .*)?$/;
/** What the worker throws by itself after another exception: it has told of a failed load, or it looked for a handler elsewhere, too; torchrun tells of it last. */
const ownException =
  /^RuntimeError: \d+ - |^ModuleNotFoundError: No module named 'ts\.torch_handler\.|^torch\.distributed\.elastic\./;

export class WorkerOutput {
  readonly #parts: WorkerOutputParts;
  readonly #lines: LineGate;
  readonly #metrics: LineGate;
  readonly #metricLines = new MetricLines();
  readonly #last: string[] = [];

  constructor(parts: WorkerOutputParts) {
    const { now, onText } = parts;
    this.#parts = parts;
    this.#lines = new LineGate(maxLines, {
      now,
      onLine: (line) => onText(`${line}\n`),
      onLost: (count) => onText(`(${count} lines were left out)\n`),
    });
    this.#metrics = new LineGate(maxMetrics, {
      now,
      onLine: (line) => this.#metric(line),
      onLost: (count) => onText(`(${count} metrics were left out)\n`),
    });
  }

  line(line: string): void {
    if (isMetricLine(line)) {
      this.#metrics.pass(line);
      return;
    }
    if (chatter.test(line)) return;
    if (line.endsWith(startedLine)) this.#parts.onStarted();
    this.#last.push(line.slice(0, 300));
    if (this.#last.length > keptLines) this.#last.shift();
    this.#lines.pass(line);
  }

  /** No more lines come. */
  end(): void {
    this.#lines.tellLost();
    this.#metrics.tellLost();
  }

  /** The last exception that it printed; null where there is none. */
  exception(): string | null {
    const all = this.#last.filter((line) => exception.test(line));
    return all.findLast((line) => !ownException.test(line)) ?? all.at(-1) ?? null;
  }

  #metric(line: string): void {
    const metric = this.#metricLines.parse(line);
    if (metric) this.#parts.onMetric(metric);
    else this.#lines.pass(line);
  }
}
