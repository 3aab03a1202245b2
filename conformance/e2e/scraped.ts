// Values of Prometheus metrics, as a scrape finds them.
import { get } from "./exchange.ts";
import type { RunningServer } from "./running-server.ts";

/** The value of the one series of Triton's metrics with these labels. */
export async function tritonMetric(
  server: RunningServer,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<number> {
  const { text } = await get(server.url("tritonMetrics", "/metrics"));
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`));
  const found = lines.filter((line) => wanted.every((label) => line.includes(label)));
  if (found.length !== 1)
    throw new Error(`${found.length} series of ${name} have ${wanted}; there are\n${lines.join("\n")}`);
  return Number(found[0]?.split(" ").at(-1));
}
