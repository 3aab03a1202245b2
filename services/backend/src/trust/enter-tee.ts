// The start of a process in a TEE as far as its listeners: it proves itself, and has then somebody to ask for keys.
import { type ReportData, toReportData } from "@sealserve/attestation";
import type { Attester } from "@sealserve/attestation/attester";
import { brokerSession } from "@sealserve/client";
import type { KeyBrokerService } from "@sealserve/protocols/key-broker";
import type { Logger } from "@sealserve/server";
import { createTeeKey } from "@sealserve/session";
import { brokerIdentities } from "../sealed/identities.ts";
import type { IdentitiesFor } from "../sealed/sealed-opener.ts";
import { ProcessStart, proveProcess } from "./prove-process.ts";

export interface EnterTeeOptions {
  readonly tenant: string;
  /** The policy that judges the process itself, by its model's name. */
  readonly process: string;
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

/** Throws `TrustStartError`, what the attester throws, or the signal's reason; then nothing may listen. */
export async function enterTee(
  { tenant, process, attempts }: EnterTeeOptions,
  { broker, attester, pause, logger }: EnterTeeParts,
  signal: AbortSignal,
): Promise<TrustedProcess> {
  const start = new ProcessStart({ logger });
  const key = await createTeeKey();
  const { tee } = await attester.evidence(toReportData(new Uint8Array(64)));
  const identity = { broker, attester, key };
  const attest = (onEvidence: () => void, until: AbortSignal): Promise<void> => {
    const telling = {
      evidence: async (reportData: ReportData) => {
        const evidence = await attester.evidence(reportData);
        onEvidence();
        return evidence;
      },
    };
    return brokerSession({ tee, tenant, model: process }, { ...identity, attester: telling }).attest(until);
  };
  await proveProcess(start, { attempts }, { attest, pause, logger }, signal);
  return { start, identitiesFor: brokerIdentities({ tee, tenant }, identity) };
}
