// What a sidecar tells monitoring.
import { certificateMetric, exposition } from "@sealserve/server";
import type { SupervisedCommand } from "./command/supervised-command.ts";
import type { ProxyTally } from "./door/proxy.ts";

export interface SidecarMetricsParts {
  readonly tally: ProxyTally;
  /** Null: it was not started yet. */
  readonly command: SupervisedCommand | null;
  /** Of the certificate that clients are shown. */
  readonly certificateEnd: Date;
}

export function sidecarMetrics({ tally, command, certificateEnd }: SidecarMetricsParts): string {
  return exposition([
    {
      name: "sealserve_sidecar_requests_total",
      type: "counter",
      help: "Requests of clients, by what became of them.",
      samples: [
        { labels: { outcome: "passed" }, value: tally.passed },
        { labels: { outcome: "refused" }, value: tally.refused },
      ],
    },
    {
      name: "sealserve_sidecar_upstream_ready",
      type: "gauge",
      help: "Whether the upstream takes requests.",
      samples: [{ value: command?.ready === true ? 1 : 0 }],
    },
    {
      name: "sealserve_sidecar_restarts_total",
      type: "counter",
      help: "How often the command was started again.",
      samples: [{ value: command?.restarts ?? 0 }],
    },
    certificateMetric({ sidecar: certificateEnd }),
  ]);
}
