// From evidence to a key, put together: admission → sessions → judgement → tokens → releases.
import {
  type CollateralSource,
  createVerifier,
  type TrustAnchor,
  VerifiedCollateralCache,
} from "@sealserve/attestation";
import type { Logger } from "@sealserve/server";
import { Admission } from "../attestations/admission.ts";
import { Attestation } from "../attestations/attestation.ts";
import { BrokerMemory } from "../attestations/broker-memory.ts";
import { Gate } from "../attestations/gate.ts";
import { Judge } from "../attestations/judge.ts";
import { AddressLimit } from "../attestations/rate-limit.ts";
import { RecordingSource } from "../attestations/recording-source.ts";
import type { Sessions } from "../attestations/sessions.ts";
import { StoredEvaluationNumbers } from "../attestations/stored-evaluation-numbers.ts";
import { StoredSignedTimes } from "../attestations/stored-signed-times.ts";
import { Tokens } from "../attestations/tokens.ts";
import type { KeyBrokerConfig } from "../config.ts";
import type { Custody } from "../custody.ts";
import type { BrokerMetrics } from "../operations/broker-metrics.ts";
import { BrokerService } from "./broker-service.ts";
import { type ReleaseStep, Releases } from "./releases.ts";

export interface DecidingServiceParts {
  readonly custody: Custody;
  readonly sessions: Sessions;
  readonly metrics: Pick<BrokerMetrics, "onDecision" | "onAccepted">;
  readonly anchors: readonly TrustAnchor[];
  readonly collateral: CollateralSource;
  readonly onStep?: (step: ReleaseStep) => void;
  readonly logger: Logger;
  readonly epoch: () => number;
  readonly now: () => number;
}

/** Judgements at the same time: enough to keep the database and the processor busy, few enough to stay small. */
const maxRunning = 16;
/** Network addresses whose rate is remembered. */
const maxAddresses = 10_000;
const MiB = 1024 * 1024;
/** Bytes of refused evidence that the audit log keeps: of one address 1 MiB at once and 1 MiB an hour, of all 64. */
const keptRefusals = {
  all: { rate: (64 * MiB) / 3600, burst: 64 * MiB },
  each: { rate: MiB / 3600, burst: MiB },
};

export function decidingService(config: KeyBrokerConfig, parts: DecidingServiceParts): BrokerService {
  const { custody, sessions, metrics, anchors, onStep = () => {}, logger, epoch, now } = parts;
  const { storage, vault, audit, ownKeys, mesh, keys, resources } = custody;
  const source = new RecordingSource(parts.collateral);
  const evaluationNumbers = new StoredEvaluationNumbers({ storage, audit });
  const signedTimes = new StoredSignedTimes({ storage, audit });
  const memory = new BrokerMemory({ storage, audit, evaluationNumbers, signedTimes, keys: ownKeys });
  const judge = new Judge({
    verifier: createVerifier({
      ...{ anchors, collateral: source, evaluationNumbers, signedTimes },
      cache: new VerifiedCollateralCache({ entries: 64 }),
    }),
    ...{ memory, source, epoch },
    onAccepted: metrics.onAccepted,
  });
  const issuer = `https://${config.trustDomain}/key-broker`;
  const tokens = new Tokens({ issuer, lifetime: config.tokenLifetime }, { keys: ownKeys, anchors, epoch });
  const decided = { storage, vault, tokens, judge, memory, audit, onDecision: metrics.onDecision };
  const keeping = new AddressLimit({ ...keptRefusals, maxAddresses }, { now });
  return new BrokerService({
    ...{ storage, sessions, keys, resources, mesh, logger },
    attestation: new Attestation({ ...decided, sessions, keeping }),
    releases: new Releases({ ...decided, onStep }),
    admission: new Admission({ ...ratesOf(config), maxAddresses }, { now, logger }),
    gate: new Gate({ maxRunning, maxPending: config.maxPending }),
  });
}

function ratesOf({ maxRequestRate, maxClientRate }: KeyBrokerConfig) {
  const each = Math.min(maxClientRate ?? Math.max(1, Math.floor(maxRequestRate / 5)), maxRequestRate);
  const limit = (rate: number) => ({ rate, burst: 4 * rate });
  return { all: limit(maxRequestRate), each: limit(each) };
}
