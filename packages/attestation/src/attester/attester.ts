// What makes evidence: the hardware that this process runs in, or a mock of it.
import type { Evidence } from "../evidence.ts";
import type { ReportData } from "../report-data.ts";

export interface Attester {
  /** Fresh evidence for these 64 bytes. Throws `AttesterError`. */
  evidence(reportData: ReportData): Promise<Evidence>;
}
