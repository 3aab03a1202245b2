// What makes evidence: the hardware that this process runs in, or a mock of it.
import type { Evidence } from "../evidence.ts";
import type { ReportData } from "../report-data.ts";
import type { ModelCode } from "./measured-environment.ts";

export interface Attester {
  /** Fresh evidence for these 64 bytes. Throws `AttesterError`. */
  evidence(reportData: ReportData): Promise<Evidence>;
  /** What was measured to run beside the program; left out: anything, as on simulated hardware, which protects nothing. */
  readonly modelCode?: ModelCode;
}
