// The key broker on one page: health and metrics → database → what it keeps → how it decides → listeners.
import { randomBytes } from "node:crypto";
import type { CollateralSource, TrustAnchor } from "@sealserve/attestation";
import type { Attester } from "@sealserve/attestation/attester";
import { attestation as attestationEndpoint } from "@sealserve/protocols/attestation";
import { keyBrokerProtocol } from "@sealserve/protocols/key-broker";
import { modelSetDigest } from "@sealserve/sealing";
import { type ClientRoots, certificateMetric, configDigest, exposition, type Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import { type AttestationResponder, attestationResponder } from "@sealserve/session";
import { AdminAuthentication } from "./administration/admin-authentication.ts";
import { adminProtocol } from "./administration/admin-protocol.ts";
import { AdminRefusals } from "./administration/admin-refusals.ts";
import type { Administration } from "./administration/administration.ts";
import { Sessions } from "./attestations/sessions.ts";
import { AuditReader } from "./audit/audit-reader.ts";
import { AuditPruning } from "./audit/pruning.ts";
import type { KeyBrokerConfig } from "./config.ts";
import { openCustody } from "./custody.ts";
import { brokerMetrics } from "./operations/broker-metrics.ts";
import { Doors } from "./operations/doors.ts";
import { operationsProtocol } from "./operations/operations-protocol.ts";
import { Readiness } from "./operations/readiness.ts";
import { decidingService } from "./release/deciding-service.ts";
import type { ReleaseStep } from "./release/releases.ts";
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

/**
 * Health and metrics are told from the beginning, everything else only once all of it is open. Throws `BrokerStartError`, `ShareError`, `AuditError`
 * and `ListenerError`; then nothing is open.
 */
export async function startKeyBroker(config: KeyBrokerConfig, parts: KeyBrokerParts): Promise<KeyBroker> {
  const { clock, logger, randomness = systemRandomness } = parts;
  const { epoch, now } = { epoch: () => clock.epoch(), now: () => clock.now() };
  await using stack = new AsyncDisposableStack();
  const adminAudience = config.admin.audience ?? `https://${config.trustDomain}/key-broker/admin`;
  const authentication = await AdminAuthentication.open({ ...config.admin, audience: adminAudience }, { epoch });
  const sessions = new Sessions(config, { now, randomness });
  const metrics = brokerMetrics({ sessions: () => sessions.size });
  const everywhere = parts.attester ? [attestationEndpoint(evidenceOf(config, parts.attester))] : [];
  const doors = new Doors({ clock, logger, observe: metrics.observe, everywhere });
  const readiness = new Readiness();
  const operations = operationsProtocol({
    metrics: async () => (await metrics.text()) + exposition([certificateMetric(doors.certificateEnds())]),
    notReady: () => readiness.notReady(),
  });
  stack.use(await doors.open(config.operations, operations));

  const storage = stack.use(await Storage.open(config.database, { ...parts, waiting: waiting(parts, readiness) }));
  stack.defer(() => readiness.end());
  const lifetimes = { token: config.tokenLifetime, mesh: parts.meshLifetime ?? config.meshLifetime };
  const custody = await openCustody({ ...config, lifetimes }, { storage, epoch, randomness, logger, stack });
  const service = decidingService(config, { ...parts, custody, sessions, metrics, epoch, now });
  const { audit, auditKey: key, administration, mesh } = custody;
  const admin = adminProtocol({
    ...{ ...custody, authentication, logger, log: audit },
    audit: new AuditReader({ storage, audit, key, epoch }),
    pruning: new AuditPruning({ ...custody, key, epoch }),
    refusals: new AdminRefusals({ now, logger, onRefused: metrics.onAdminRefused }),
  });
  stack.use(await doors.open(config.listen, keyBrokerProtocol(service)));
  stack.use(await doors.open({ ...config.admin.listen, ...clientRoots(config.admin) }, admin));
  readiness.begin(storage, audit);

  const { urls } = doors;
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
function systemRandomness(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}
