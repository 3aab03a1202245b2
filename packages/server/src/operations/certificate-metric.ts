// When the TLS certificates of a process end, for whoever must notice that nobody renewed them.
import type { Metric } from "./exposition.ts";

/** `ends`: by the listener's name. Seconds since 1970, as Prometheus' `time()`. */
export function certificateMetric(ends: Readonly<Record<string, Date>>): Metric {
  return {
    name: "sealserve_tls_certificate_not_after_seconds",
    type: "gauge",
    help: "When the certificate that the listener shows ends, in seconds since 1970.",
    samples: Object.entries(ends).map(([listener, end]) => ({ labels: { listener }, value: end.getTime() / 1000 })),
  };
}
