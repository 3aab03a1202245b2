// The metrics of all protocols: fed by what every request became and by the statistics of the versions.
import type { ModelMetricFamily } from "@sealserve/protocols/mesh";
import type { Exchange, ModelMetricsOptions } from "@sealserve/server";
import type { Clock, VersionStatistics } from "@sealserve/serving";
import type { Machine } from "./machine.ts";
import { tensorflowServingMetrics } from "./tensorflow-serving-metrics.ts";
import { type TorchserveMetrics, torchserveMetrics } from "./torchserve-metrics.ts";
import { tritonMetrics } from "./triton-metrics.ts";

export interface ServingMetricsParts {
  /** All versions that are or were loaded. */
  statistics(): readonly VersionStatistics[];
  /**
   * Whether there is such a model, and such a version of it if one is given; in constant time. Only known names become labels, so that clients cannot
   * make the metrics grow by asking for models that do not exist.
   */
  knows(model: string, version: string | null): boolean;
  /** What only engines can tell is left out, where the engines are in other processes. */
  readonly enginesElsewhere?: true;
  /** As in `TorchserveMetricsParts`. */
  readonly modelMetrics?: ModelMetricsOptions;
  readonly modelMetricsElsewhere?: () => Promise<readonly ModelMetricFamily[]>;
  readonly clock: Pick<Clock, "now">;
  readonly systemMetrics?: boolean;
  readonly machine: Machine;
  /** This machine's name: TorchServe's metrics carry it. */
  readonly hostname: string;
}

/** Each text is in Prometheus' format 0.0.4. */
export interface ServingMetrics {
  /** For the listeners: constant time a request, never throws. */
  observe(exchange: Exchange): void;
  /** As in `TorchserveMetrics`. */
  take: TorchserveMetrics["take"];
  gauges: TorchserveMetrics["gauges"];
  triton(): Promise<string>;
  /** Only the metrics of these names, or all for none. */
  torchserve(names: readonly string[]): Promise<string>;
  tensorflowServing(): Promise<string>;
}

export function servingMetrics(parts: ServingMetricsParts): ServingMetrics {
  const torchserve = torchserveMetrics(parts);
  const tensorflowServing = tensorflowServingMetrics(parts);
  return {
    observe(exchange) {
      if (exchange.protocol.startsWith("torchserve.")) torchserve.observe(exchange);
      else if (exchange.protocol.startsWith("tensorflowServing.")) tensorflowServing.observe(exchange);
    },
    take: torchserve.take,
    gauges: torchserve.gauges,
    triton: tritonMetrics(parts),
    torchserve: torchserve.text,
    tensorflowServing: tensorflowServing.text,
  };
}
