// TorchServe's metrics listener.
import { bindRoute, type Protocol } from "../http/protocol.ts";
import { type TorchserveParts, torchserveListener } from "./listener.ts";
import { torchserveMetricsRoutes } from "./management-routes.ts";

/** No token is asked for in the original; with `authorize`, that of management. */
export interface MetricsParts extends TorchserveParts {
  /** Prometheus text of all metrics, or of those named. */
  metrics(names: readonly string[]): Promise<string>;
}

export function torchserveMetrics(parts: MetricsParts): Protocol {
  const metrics = bindRoute(torchserveMetricsRoutes.metrics, ({ names }) => parts.metrics(names));
  const handlers = [{ ...metrics, method: "*" }];
  return torchserveListener(
    { name: "torchserve.metrics", kind: "management", handlers, paths: /^\/metrics\/?$/, otherMethods: /^\/$/ },
    parts,
  );
}
