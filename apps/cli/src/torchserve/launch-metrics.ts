// Which metrics the original would show, and which it would write into files.
import { readFileSync } from "node:fs";
import type { MetricLog } from "@sealserve/frontend";
import { MigrationError, readMetricsConfig, type TorchserveProperties } from "@sealserve/migration";
import { reasonOf } from "@sealserve/primitives";
import type { ModelMetricsOptions } from "@sealserve/server";
import { UsageError } from "../usage-error.ts";
import { type Logs, logTime } from "./logs.ts";

/** Seconds between two looks at the machine, where nothing is said. */
const usualInterval = 60;

/** TorchServe's own where no file is named. Throws `UsageError`. */
export function modelMetrics(file: string | null, properties: TorchserveProperties): ModelMetricsOptions {
  const autoDetect = properties.model_metrics_auto_detect ?? false;
  if (file === null) return { autoDetect };
  try {
    return { autoDetect, declared: readMetricsConfig(readFileSync(file, "utf8")) };
  } catch (error) {
    const reason = error instanceof MigrationError ? error.message : reasonOf(error);
    throw new UsageError(`the metrics_config ${file} cannot be read: ${reason}`, error);
  }
}

/** In the mode `prometheus` metrics are asked for, in `log` and `legacy` they are written too. */
export function writesMetrics({ metrics_mode = "log" }: TorchserveProperties): boolean {
  return metrics_mode.toLowerCase() !== "prometheus";
}

export function metricLog(
  properties: TorchserveProperties,
  logs: Pick<Logs, "serverMetrics" | "modelMetrics">,
  epoch: () => number,
): MetricLog {
  const { metric_time_interval: interval = usualInterval } = properties;
  const line = (text: string): string => `${logTime(epoch())} - ${text}\n`;
  return {
    interval: (interval > 0 ? interval : usualInterval) * 1000,
    writeServer: (text) => logs.serverMetrics.write(line(text)),
    writeModel: (text) => logs.modelMetrics.write(line(text)),
  };
}
