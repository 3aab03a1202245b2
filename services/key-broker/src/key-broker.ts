// The key broker on one page: database → vault → keys and policies → judgement → releases → listeners.
import { randomBytes } from "node:crypto";
import type { CollateralSource, TrustAnchor } from "@sealserve/attestation";
import { createVerifier, VerifiedCollateralCache } from "@sealserve/attestation";
import type { Attester } from "@sealserve/attestation/attester";
import type { Protocol } from "@sealserve/protocols";
import { attestation as attestationEndpoint } from "@sealserve/protocols/attestation";
import { keyBrokerProtocol } from "@sealserve/protocols/key-broker";
import { modelSetDigest } from "@sealserve/sealing";
import {
  type ClientRoots,
  certificateMetric,
  configDigest,
  exposition,
  type Listeners,
  type ListenersOptions,
  type Logger,
  openListeners,
  type PortBinding,
} from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import { type AttestationResponder, attestationResponder } from "@sealserve/session";
import { AdminAuthentication } from "./administration/admin-authentication.ts";
import { adminProtocol } from "./administration/admin-protocol.ts";
import { AdminRefusals } from "./administration/admin-refusals.ts";
import { Administration } from "./administration/administration.ts";
import { Admission } from "./attestations/admission.ts";
import { Attestation } from "./attestations/attestation.ts";
import { BrokerMemory } from "./attestations/broker-memory.ts";
import { Gate } from "./attestations/gate.ts";
import { Judge } from "./attestations/judge.ts";
import { AddressLimit } from "./attestations/rate-limit.ts";
import { RecordingSource } from "./attestations/recording-source.ts";
import { Sessions } from "./attestations/sessions.ts";
import { StoredEvaluationNumbers } from "./attestations/stored-evaluation-numbers.ts";
import { StoredSignedTimes } from "./attestations/stored-signed-times.ts";
import { Tokens } from "./attestations/tokens.ts";
import { AuditReader } from "./audit/audit-reader.ts";
import { openAudit } from "./audit/open-audit.ts";
import { AuditPruning } from "./audit/pruning.ts";
import type { KeyBrokerConfig } from "./config.ts";
import { brokerKey } from "./keys/broker-keys.ts";
import { Mesh } from "./keys/mesh.ts";
import { OwnKeys } from "./keys/own-keys.ts";
import { ownKinds } from "./keys/own-kinds.ts";
import { TenantKeys } from "./keys/tenant-keys.ts";
import { brokerMetrics } from "./operations/broker-metrics.ts";
import { operationsProtocol } from "./operations/operations-protocol.ts";
import { Readiness } from "./operations/readiness.ts";
import { BrokerService } from "./release/broker-service.ts";
import { type ReleaseStep, Releases } from "./release/releases.ts";
import { Resources } from "./release/resources.ts";
import { openVault } from "./root-key/open-vault.ts";
import { Storage, type StorageParts } from "./storage/storage.ts";

export interface KeyBrokerParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Roots of hardware that evidence may end in. Simulated ones are accepted only where a policy names them. */
  readonly anchors: readonly TrustAnchor[];
  /** Asked for each judgement: give it a cache. */
  readonly collateral: CollateralSource;
  /** Of the broker itself, where it is in a TEE: its TLS listeners then give evidence to whoever asks. */
  readonly attester?: Attester;
  /** Left out: the system's. */
  readonly randomness?: (length: number) => Uint8Array;
  /** See `Storage.open`; for tests of what failures of the database do. */
  readonly onDatabase?: StorageParts["onDatabase"];
  /** Told of each step of a release before the next begins; for tests of what a crash loses. */
  readonly onStep?: (step: ReleaseStep) => void;
  /** Given: a PostgreSQL that is not there yet is waited for until this aborts. Left out: it ends the start. */
  readonly stopping?: AbortSignal;
  /** Of mesh certificates, in milliseconds, where the configuration's own is too long to see one end: for tests and trials. */
  readonly meshLifetime?: number;
}

/** Disposing closes the listeners after what is in flight, then the database. */
export interface KeyBroker extends AsyncDisposable {
  /** Where each listener is: for attesting processes, for administrators, for health and metrics; null where it is switched off. */
  readonly urls: { readonly broker: string | null; readonly admin: string | null; readonly operations: string | null };
  /** For the process that the broker lives in; others use the admin listener. Each deed is logged under the actor's name. */
  readonly administration: Administration;
  /** What tokens for the admin listener must say in `aud`. */
  readonly adminAudience: string;
  /** PEM of the mesh's root certificates that are trusted now. */
  readonly meshRoots: string;
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
/** Requests of both listeners are small; a resource may have 512 KiB, in base64. */
const limits = { maxBodyBytes: 1024 * 1024, requestTimeout: 30_000, headerTimeout: 10_000 };

/**
 * Health and metrics are told from the beginning, everything else only once all of it is open. Throws `BrokerStartError`, `ShareError`, `AuditError`
 * and `ListenerError`; then nothing is open.
 */
export async function startKeyBroker(config: KeyBrokerConfig, parts: KeyBrokerParts): Promise<KeyBroker> {
  const { clock, logger, anchors, randomness = systemRandomness, onStep = () => {} } = parts;
  const { epoch, now } = { epoch: () => clock.epoch(), now: () => clock.now() };
  await using stack = new AsyncDisposableStack();
  const adminAudience = config.admin.audience ?? `https://${config.trustDomain}/key-broker/admin`;
  const authentication = await AdminAuthentication.open({ ...config.admin, audience: adminAudience }, { epoch });
  const sessions = new Sessions(config, { now, randomness });
  const metrics = brokerMetrics({ sessions: () => sessions.size });
  const { onDecision, observe } = metrics;
  const everywhere = parts.attester ? [attestationEndpoint(evidenceOf(config, parts.attester))] : [];
  const doors: Listeners[] = [];
  const open = async ({ port, ...listener }: ListenersOptions & Pick<PortBinding, "port">, protocol: Protocol) => {
    const settings = { ...listener, limits };
    doors.push(stack.use(await openListeners(settings, [{ protocol, port }], { clock, logger, observe, everywhere })));
  };
  const ends = (): Readonly<Record<string, Date>> =>
    Object.assign({}, ...doors.map((listeners) => listeners.certificateEnds()));
  const readiness = new Readiness();
  const operations = operationsProtocol({
    metrics: async () => (await metrics.text()) + exposition([certificateMetric(ends())]),
    notReady: () => readiness.notReady(),
  });
  await open(config.operations, operations);
  const storage = stack.use(await Storage.open(config.database, { ...parts, waiting: waiting(parts, readiness) }));
  stack.defer(() => readiness.end());
  const opened = await openVault(config.rootKey, { storage, randomness });
  const vault = stack.use(opened.vault);
  const audit = await openAudit(config, { ...opened, storage, now: epoch, logger });

  const auditKey = await brokerKey("audit", { algorithm: "Ed25519" }, { storage, vault });
  const lifetimes = { token: config.tokenLifetime, mesh: parts.meshLifetime ?? config.meshLifetime };
  const { trustDomain } = config;
  const kinds = ownKinds({ trustDomain, lifetimes }, { epoch, randomness });
  const ownKeys = new OwnKeys({ storage, vault, audit, epoch, kinds });
  await ownKeys.open();
  const mesh = new Mesh({ trustDomain, lifetime: lifetimes.mesh }, { keys: ownKeys, epoch, randomness });
  const keys = new TenantKeys({ vault, epoch });
  const resources = new Resources({ vault });
  const administration = new Administration({ storage, vault, keys, resources, audit, epoch });

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
  const decided = { storage, vault, tokens, judge, memory, audit, onDecision };
  const keeping = new AddressLimit({ ...keptRefusals, maxAddresses }, { now });
  const attestation = new Attestation({ ...decided, sessions, keeping });
  const releases = new Releases({ ...decided, onStep });
  const admission = new Admission({ ...ratesOf(config), maxAddresses }, { now, logger });
  const gate = new Gate({ maxRunning, maxPending: config.maxPending });
  const service = new BrokerService({
    storage,
    sessions,
    attestation,
    releases,
    keys,
    resources,
    mesh,
    admission,
    logger,
    gate,
  });

  const auditReader = new AuditReader({ storage, audit, key: auditKey, epoch });
  const admin = adminProtocol({
    authentication,
    administration,
    storage,
    vault,
    keys,
    resources,
    log: audit,
    audit: auditReader,
    refusals: new AdminRefusals({ now, logger, onRefused: metrics.onAdminRefused }),
    ownKeys,
    mesh,
    pruning: new AuditPruning({ storage, vault, audit, key: auditKey, epoch }),
    logger,
  });
  await open(config.listen, keyBrokerProtocol(service));
  await open({ ...config.admin.listen, ...clientRoots(config.admin) }, admin);
  readiness.begin(storage, audit);
  const urls: Listeners["urls"] = Object.assign({}, ...doors.map((listeners) => listeners.urls));
  const owned = stack.move();
  return {
    urls: {
      broker: urls["keyBroker"] ?? null,
      admin: urls["keyBroker.admin"] ?? null,
      operations: urls["keyBroker.operations"] ?? null,
    },
    administration,
    adminAudience,
    get meshRoots() {
      return mesh.roots;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function waiting({ clock, stopping }: KeyBrokerParts, readiness: Readiness): StorageParts["waiting"] {
  return stopping && { clock, stopping, onAway: (trouble) => readiness.wait(trouble) };
}

/** It has no models: the digest of none. */
function evidenceOf(config: KeyBrokerConfig, attester: Attester): AttestationResponder {
  return attestationResponder(
    { purpose: "key-broker", instanceId: randomBytes(16), configDigest: configDigest(config), hpkeKey: null },
    { attester, modelSetDigest: () => modelSetDigest([]) },
  );
}

function clientRoots({ clientRoots }: KeyBrokerConfig["admin"]): { readonly optionalClientRoots?: ClientRoots } {
  if (!clientRoots) return {};
  const pem = clientRoots.map((secret) => Buffer.from(secret.reveal()).toString("utf8")).join("\n");
  const files = clientRoots.flatMap(({ file }) => file ?? []);
  return { optionalClientRoots: { pem, files: files.length === clientRoots.length ? files : [] } };
}

/** After a pause four seconds' worth at once. */
function ratesOf({ maxRequestRate, maxClientRate }: KeyBrokerConfig) {
  const each = Math.min(maxClientRate ?? Math.max(1, Math.floor(maxRequestRate / 5)), maxRequestRate);
  const limit = (rate: number) => ({ rate, burst: 4 * rate });
  return { all: limit(maxRequestRate), each: limit(each) };
}

function systemRandomness(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}
