// The metrics of TorchServe's port 8082, under TorchServe's names.
import type { ModelMetricFamily } from "@sealserve/protocols/mesh";
import { type Exchange, ModelMetrics, type ModelMetricsOptions, modelMetricText } from "@sealserve/server";
import type { Clock, VersionStatistics } from "@sealserve/serving";
import { Registry } from "prom-client";
import type { EngineReport } from "./engine-report.ts";
import { type Extent, type Machine, processorShare } from "./machine.ts";
import { addPulled, type PulledMetric } from "./pulled-metric.ts";
import { RequestTally } from "./request-tally.ts";
import { WorkerLoadTimes, workerThreadTime } from "./worker-metrics.ts";

export interface TorchserveMetricsParts {
  statistics(): readonly VersionStatistics[];
  knows(model: string, version: string | null): boolean;
  readonly machine: Machine;
  readonly hostname: string;
  /** Queues are not known here. */
  readonly enginesElsewhere?: true;
  /** What the code of models may show; left out: all. */
  readonly modelMetrics?: ModelMetricsOptions;
  /** Where the code of models runs elsewhere: what it has told there. */
  readonly modelMetricsElsewhere?: () => Promise<readonly ModelMetricFamily[]>;
  readonly clock: Pick<Clock, "now">;
  /** False: nothing is told of processors, memory and disks. Left out: it is. */
  readonly systemMetrics?: boolean;
}

/** A value as it stands. */
export interface GaugeValue {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface TorchserveMetrics {
  /** Told of what engines report. */
  take(report: EngineReport): void;
  /** What the server itself can tell at this moment, without what models told. */
  gauges(): Promise<readonly GaugeValue[]>;
  observe(exchange: Exchange): void;
  /** Only the metrics of these names, or all for none; names that do not exist are passed over. */
  text(names: readonly string[]): Promise<string>;
}

const megabyte = 1024 ** 2;
const gigabyte = 1024 ** 3;

export function torchserveMetrics(parts: TorchserveMetricsParts): TorchserveMetrics {
  const registry = new Registry();
  const statuses = new Map([
    [2, 0],
    [4, 0],
    [5, 0],
  ]);
  const predictions = new RequestTally();
  addRequestClasses(registry, parts, statuses);
  addPredictions(registry, parts, predictions);
  if (!parts.enginesElsewhere) {
    addQueueLatency(registry, parts);
    addQueueTime(registry, parts);
  }
  const loadTimes = new WorkerLoadTimes(parts);
  if (!parts.enginesElsewhere) addWorkers(registry, parts, loadTimes);
  addMachine(registry, parts);
  const own = registry.getMetricsAsArray().map(({ name }) => name);
  const isOwn = (name: string) => registry.getSingleMetric(name) !== undefined;
  const models = new ModelMetrics(parts.modelMetrics ?? { autoDetect: true }, {
    isTaken: isOwn,
    now: () => parts.clock.now(),
  });
  const told = parts.modelMetricsElsewhere ?? (async () => models.families());
  return {
    take(report) {
      loadTimes.take(report);
      if (report.type === "metric") models.take(report);
    },
    gauges: async () => (await Promise.all(own.map((name) => gaugeValues(registry, name)))).flat(),
    observe({ route, captured, status, duration, method }) {
      const kind = Math.floor(status / 100);
      // The original counts predictions over gRPC, but not their statuses.
      if (method !== "gRPC") statuses.set(kind, (statuses.get(kind) ?? 0) + 1);
      const { model, version = null } = captured;
      if (route !== "predict" || model === undefined || !parts.knows(model, version)) return;
      const tally = predictions.of(model, version ?? "default");
      tally.requests++;
      if (kind === 2) tally.duration += duration;
    },
    async text(names) {
      const found = new Map((await told()).map((family) => [family.name, family]));
      const ofModels = (name: string) => {
        const family = isOwn(name) ? undefined : found.get(name);
        return family ? [modelMetricText(family)] : [];
      };
      if (names.length === 0) return [await registry.metrics(), ...[...found.keys()].flatMap(ofModels)].join("\n");
      const ofServer = async (name: string) => [`${await registry.getSingleMetricAsString(name)}\n`];
      const texts = (
        await Promise.all([...new Set(names)].map((name) => (isOwn(name) ? ofServer(name) : ofModels(name))))
      ).flat();
      // One that nothing has been told of yet is not there, for who asks for it.
      return texts.filter((text) => /^[^#\n]/m.test(text)).join("\n");
    },
  };
}

/** In the words of TorchServe's own help texts. */
function add<Label extends string>(registry: Registry, unit: string, metric: Omit<PulledMetric<Label>, "help">): void {
  addPulled(registry, { ...metric, help: `Torchserve prometheus ${metric.type} metric with unit: ${unit}` });
}

const hostLabels = ["Level", "Hostname"] as const;

function addRequestClasses(
  registry: Registry,
  { hostname }: TorchserveMetricsParts,
  statuses: ReadonlyMap<number, number>,
): void {
  const labels = { Level: "Host", Hostname: hostname };
  for (const kind of [2, 4, 5]) {
    const read = () => [{ labels, value: statuses.get(kind) ?? 0 }];
    add(registry, "Count", { type: "counter", name: `Requests${kind}XX`, labels: hostLabels, read });
  }
}

const modelLabels = ["model_name", "model_version", "hostname"] as const;

function addPredictions(registry: Registry, { hostname }: TorchserveMetricsParts, predictions: RequestTally): void {
  const labelled = (model_name: string, model_version: string) => ({ model_name, model_version, hostname });
  add(registry, "Count", {
    type: "counter",
    name: "ts_inference_requests_total",
    labels: modelLabels,
    *read() {
      for (const [model, version, { requests }] of predictions.entries()) {
        yield { labels: labelled(model, version), value: requests };
      }
    },
  });
  add(registry, "Microseconds", {
    type: "counter",
    name: "ts_inference_latency_microseconds",
    labels: modelLabels,
    *read() {
      for (const [model, version, { duration }] of predictions.entries()) {
        yield { labels: labelled(model, version), value: Math.round(duration * 1000) };
      }
    },
  });
}

/** The time in the queue is known of versions, not of requests: so its label is the version that answered, never "default". */
function addQueueLatency(registry: Registry, { hostname, statistics }: TorchserveMetricsParts): void {
  add(registry, "Microseconds", {
    type: "counter",
    name: "ts_queue_latency_microseconds",
    labels: modelLabels,
    read: () =>
      statistics().map(({ model, version, queue }) => ({
        labels: { model_name: model, model_version: version, hostname },
        value: Math.floor(queue.ns / 1000),
      })),
  });
}

/** The mean of the requests since the last reading: the original shows that of the last request. */
function addQueueTime(registry: Registry, { hostname, statistics }: TorchserveMetricsParts): void {
  const labels = { Level: "Host", Hostname: hostname };
  let last = { count: 0, ns: 0 };
  let mean = 0;
  const read = () => {
    const now = { count: 0, ns: 0 };
    for (const { queue } of statistics()) {
      now.count += queue.count;
      now.ns += queue.ns;
    }
    if (now.count > last.count) mean = (now.ns - last.ns) / (now.count - last.count) / 1e6;
    last = now;
    return [{ labels, value: mean }];
  };
  add(registry, "Milliseconds", { type: "gauge", name: "QueueTime", labels: hostLabels, read });
}

function addWorkers(
  registry: Registry,
  { hostname, statistics }: TorchserveMetricsParts,
  loadTimes: WorkerLoadTimes,
): void {
  const labels = { Level: "Host", Hostname: hostname };
  const beside = workerThreadTime(statistics);
  const read = () => [{ labels, value: beside() }];
  add(registry, "Milliseconds", { type: "gauge", name: "WorkerThreadTime", labels: hostLabels, read });
  add(registry, "Milliseconds", {
    type: "gauge",
    name: "WorkerLoadTime",
    labels: ["WorkerName", ...hostLabels],
    read: () => loadTimes.read(),
  });
}

async function gaugeValues(registry: Registry, name: string): Promise<readonly GaugeValue[]> {
  const { type, help = "", values = [] } = (await registry.getSingleMetric(name)?.get()) ?? {};
  if (String(type) !== "gauge") return [];
  const unit = help.split("unit: ").at(-1) ?? "";
  return values.map(({ value, labels }) => ({ name, unit, value, labels: labels as GaugeValue["labels"] }));
}

/** All are announced; where nothing shall be told of the machine, they have no value. */
function addMachine(registry: Registry, { hostname, machine, systemMetrics = true }: TorchserveMetricsParts): void {
  const labels = { Level: "Host", Hostname: hostname };
  const share = processorShare(machine);
  const gauge = (name: string, unit: string, read: () => number) =>
    add(registry, unit, {
      type: "gauge",
      name,
      labels: hostLabels,
      read: () => (systemMetrics ? [{ labels, value: read() }] : []),
    });
  const used = ({ total, available }: Extent) => total - available;
  gauge("CPUUtilization", "Percent", () => share() * 100);
  gauge("MemoryUsed", "Megabytes", () => used(machine.memory()) / megabyte);
  gauge("MemoryAvailable", "Megabytes", () => machine.memory().available / megabyte);
  gauge("MemoryUtilization", "Percent", () => percentUsed(machine.memory()));
  gauge("DiskUsage", "Gigabytes", () => used(machine.disk()) / gigabyte);
  gauge("DiskAvailable", "Gigabytes", () => machine.disk().available / gigabyte);
  gauge("DiskUtilization", "Percent", () => percentUsed(machine.disk()));
  // No driver is asked here: whoever looks for them finds that there are none.
  for (const [name, unit] of [
    ["GPUMemoryUtilization", "Percent"],
    ["GPUMemoryUsed", "Megabytes"],
    ["GPUUtilization", "Percent"],
  ] as const) {
    add(registry, unit, { type: "gauge", name, labels: ["Level", "DeviceId", "Hostname"], read: () => [] });
  }
}

function percentUsed({ total, available }: Extent): number {
  return total === 0 ? 0 : ((total - available) / total) * 100;
}
