// What the broker counts and measures, in Prometheus' words.
import type { AttestationResult } from "@sealserve/attestation";
import type { Exchange } from "@sealserve/server";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Decided } from "../release/releases.ts";

export interface BrokerMetrics {
  onDecision(entry: Decided): void;
  /** `reason`: one of a closed list. */
  onAdminRefused(reason: string): void;
  /** When collateral by which evidence was accepted ends. */
  onAccepted(result: Pick<AttestationResult, "claims" | "notAfter">): void;
  observe(exchange: Exchange): void;
  text(): Promise<string>;
}

/** `sessions`: how many are open now. No label holds a tenant, a model or anything that a peer chose. */
export function brokerMetrics({ sessions }: { sessions(): number }): BrokerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const decisions = new Counter({
    name: "sealserve_key_broker_decisions_total",
    help: "Decisions by what was asked, the verdict and its reason.",
    labelNames: ["act", "verdict", "reason"] as const,
    registers,
  });
  const durations = new Histogram({
    name: "sealserve_key_broker_request_seconds",
    help: "Time from the end of a request's headers to its reply.",
    labelNames: ["protocol", "route", "status"] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  const adminRefusals = new Counter({
    name: "sealserve_key_broker_admin_refused_total",
    help: "Calls to the admin listener that were refused, by why.",
    labelNames: ["reason"] as const,
    registers,
  });
  const collateralEnds = new Gauge({
    name: "sealserve_key_broker_collateral_end_seconds",
    help: "When the collateral by which evidence was last accepted ends, in seconds since 1970.",
    labelNames: ["tee"] as const,
    registers,
  });
  new Gauge({
    name: "sealserve_key_broker_sessions",
    help: "Sessions that wait for evidence, and those that have attested.",
    registers,
    collect() {
      this.set(sessions());
    },
  });
  return {
    onDecision: ({ act, verdict, reason }) => decisions.inc({ act, verdict, reason }),
    onAdminRefused: (reason) => adminRefusals.inc({ reason }),
    onAccepted: ({ claims, notAfter }) => collateralEnds.set({ tee: claims.tee }, notAfter.getTime() / 1000),
    observe: ({ protocol, route, status, duration }) =>
      durations.observe({ protocol, route: route ?? "none", status: String(status) }, duration / 1000),
    text: () => registry.metrics(),
  };
}
