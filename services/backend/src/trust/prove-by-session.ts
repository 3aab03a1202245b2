// A process in a TEE proves itself to a broker that keeps keys, as often as its options say.
import { type ReportData, type TeeKind, toReportData } from "@sealserve/attestation";
import type { Attester } from "@sealserve/attestation/attester";
import { type BrokerSession, type BrokerSessionOptions, brokerSession } from "@sealserve/client";
import type { KeyBrokerService } from "@sealserve/protocols/key-broker";
import type { Logger } from "@sealserve/server";
import { createTeeKey, type TeeKey } from "@sealserve/session";
import type { IdentitiesFor } from "../sealed/sealed-opener.ts";
import { ProcessStart, proveProcess } from "./prove-process.ts";

export interface ProveBySessionOptions {
  /** Who is asked to judge, and by what. */
  readonly scope: Omit<BrokerSessionOptions, "tee">;
  /** How often it asks to be judged, where nobody can judge yet. */
  readonly attempts: number;
}

export interface EnterTeeParts {
  readonly broker: KeyBrokerService;
  readonly attester: Attester;
  readonly pause: (attempt: number, signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
}

/** A process that somebody has accepted. */
export interface TrustedProcess {
  readonly start: ProcessStart;
  readonly identitiesFor: IdentitiesFor;
}

/** A process that was accepted, and with what it can prove itself again. */
export interface Proven {
  readonly start: ProcessStart;
  readonly tee: TeeKind;
  readonly key: TeeKey;
}

/**
 * `prove` asks the session for whatever says that the process is accepted. Throws `TrustStartError`, what the attester throws, or the
 * signal's reason; then nothing may listen.
 */
export async function proveBySession(
  { scope, attempts }: ProveBySessionOptions,
  { broker, attester, pause, logger }: EnterTeeParts,
  prove: (session: BrokerSession, signal: AbortSignal) => Promise<void>,
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
    return prove(brokerSession({ tee, ...scope }, { broker, attester: telling, key }), until);
  };
  await proveProcess(start, { attempts }, { attest, pause, logger }, signal);
  return { start, tee, key };
}
