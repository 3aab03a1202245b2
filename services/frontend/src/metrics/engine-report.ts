// What engines in this process tell of themselves, as far as metrics are made of it.
import type { ModelMetric } from "@sealserve/server";

export type EngineReport = {
  readonly model: string;
  readonly version: string;
  readonly instance: number;
} & (
  | { readonly type: "ready"; readonly duration: number }
  | ({ readonly type: "metric"; readonly requestId: string | null } & ModelMetric)
  | { readonly type: "ended" | "output" }
);

export type ListenToEngines = (listener: (report: EngineReport) => void) => void;
