// Metrics, after all that has happened.
import { type Row, rowsOn } from "../row.ts";

const metrics = rowsOn("metrics");

export const measuringRows: readonly Row[] = [
  metrics("all metrics", "GET /metrics"),
  metrics("two metrics by name", "GET /metrics?name[]=Requests4XX&name[]=ts_inference_requests_total"),
  metrics("metrics of workers", "GET /metrics?name[]=WorkerLoadTime&name[]=WorkerThreadTime"),
  metrics("a metric of handlers", "GET /metrics?name[]=HandlerTime"),
  metrics("one metric that is there and one that is not", "GET /metrics?name[]=QueueTime&name[]=not_there"),
];
