// A process in a TEE proves itself to a broker that keeps keys, as often as its options say.
import { type ReportData, type TeeKind, toReportData } from "@sealserve/attestation";
import type { Attester } from "@sealserve/attestation/attester";
import type { KeyBrokerService } from "@sealserve/protocols/key-broker";
import { createTeeKey, type MeshKey, type TeeKey } from "@sealserve/session";
import { type BrokerSession, type BrokerSessionOptions, brokerSession } from "../key-broker/broker-session.ts";
import { ProcessStart, proveProcess } from "./prove-process.node.ts";
import type { StartLog } from "./start-log.ts";

export interface ProveBySessionOptions {
  /** Who is asked to judge, and by what. */
  readonly scope: Omit<BrokerSessionOptions, "tee">;
  /** How often it asks to be judged, where nobody can judge yet. */
  readonly attempts: number;
}

export interface ProvingParts {
  readonly broker: KeyBrokerService;
  readonly attester: Attester;
  readonly pause: (attempt: number, signal: AbortSignal) => Promise<void>;
  readonly logger: StartLog;
}

/** A session with the broker; one that asks certificates has a key for them. */
export type OpenSession = (meshKey?: MeshKey) => BrokerSession;

/** A process that was accepted, and with what it can prove itself again. */
export interface Proven {
  readonly start: ProcessStart;
  readonly tee: TeeKind;
  readonly key: TeeKey;
}

/**
 * `prove` asks a session for whatever says that the process is accepted. Throws `TrustStartError`, what the attester throws, or the
 * signal's reason; then nothing may listen.
 */
export async function proveBySession(
  { scope, attempts }: ProveBySessionOptions,
  { broker, attester, pause, logger }: ProvingParts,
  prove: (open: OpenSession, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<Proven> {
  const start = new ProcessStart({ logger });
  const key = await createTeeKey();
  const { tee } = await attester.evidence(toReportData(new Uint8Array(64)));
  const attest = (onEvidence: () => void, until: AbortSignal): Promise<void> => {
    const telling = {
      evidence: async (reportData: ReportData) => {
        const evidence = await attester.evidence(reportData);
        onEvidence();
        return evidence;
      },
    };
    const parts = { broker, attester: telling, key };
    return prove((meshKey) => brokerSession({ tee, ...scope }, meshKey ? { ...parts, meshKey } : parts), until);
  };
  await proveProcess(start, { attempts }, { attest, pause, logger }, signal);
  return { start, tee, key };
}
