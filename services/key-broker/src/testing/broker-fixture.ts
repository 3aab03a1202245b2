// A key broker for tests: on loopback, over mock hardware, with one tenant, one key and one model whose policy accepts one measurement.
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrokerSession, brokerSession, connectKeyBroker } from "@sealserve/client";
import { createMockIntel, type MockIntel, type TdxMeasurements } from "@sealserve/mock-tee";
import type { KeyBrokerService } from "@sealserve/protocols/key-broker";
import { parseRecipient, type Stanza } from "@sealserve/sealing";
import { Secret, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { createMeshKey, createTeeKey, type MeshKey } from "@sealserve/session";
import { adminToken } from "../administration/admin-token.ts";
import { type KeyBrokerConfig, keyBrokerConfig } from "../config.ts";
import { type KeyBroker, type KeyBrokerParts, startKeyBroker } from "../key-broker.ts";

export const tenant = "acme";
export const model = "ocr";
export const trusted: TdxMeasurements = { tee: "tdx", mrTd: "11".repeat(48) };
export const reference = { tee: "tdx", name: "release-1", mrTd: ["11".repeat(48)] } as const;

export interface BrokerFixture extends AsyncDisposable {
  readonly broker: KeyBroker;
  readonly config: KeyBrokerConfig;
  readonly intel: MockIntel;
  readonly folder: string;
  /** What files of the model are sealed to. */
  readonly recipient: string;
  /** PEM of the administrator's private key, who may do everything. */
  readonly adminKey: string;
  readonly service: KeyBrokerService;
  adminToken(): Promise<string>;
  /** A process with these measurements. */
  session(
    measurements?: TdxMeasurements,
    scope?: { readonly tenant?: string; readonly model?: string },
    meshKey?: MeshKey,
  ): Promise<BrokerSession>;
}

export interface FixtureOptions {
  readonly config?: Partial<KeyBrokerConfig>;
  readonly parts?: Partial<KeyBrokerParts>;
  readonly intel?: MockIntel;
}

/** The policy of the fixture's model; it names the mock root. */
export function policyFor(intel: MockIntel, changes: object = {}): object {
  return {
    appraisal: {
      name: "strict",
      references: [],
      tcbStatuses: ["UpToDate"],
      hardwareIds: null,
      simulatedRoots: [intel.anchor.sha256],
    },
    keys: ["model-key"],
    roles: ["backend"],
    ...changes,
  };
}

export async function startFixture(options: FixtureOptions = {}): Promise<BrokerFixture> {
  const clock = options.parts?.clock ?? systemClock();
  const intel = options.intel ?? createMockIntel({}, { now: () => new Date(clock.epoch()) });
  const folder = await mkdtemp(join(tmpdir(), "key-broker-"));
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const adminKey = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const config = {
    ...fixtureConfig(folder, publicKey.export({ type: "spki", format: "pem" }).toString()),
    ...options.config,
  };
  const broker = await startKeyBroker(config, {
    clock,
    logger: silentLogger(),
    anchors: [intel.anchor],
    collateral: intel.source,
    ...options.parts,
  });
  const { administration } = broker;
  await administration.createTenant("test", tenant);
  const { recipient } = await administration.createKey("test", tenant, "model-key", "x25519");
  await administration.setPolicy("test", tenant, model, policyFor(intel));
  await administration.setReference("test", tenant, model, reference);
  const service = connectKeyBroker(new URL(broker.urls.broker ?? ""), { fetch });
  return {
    broker,
    config,
    intel,
    folder,
    recipient,
    adminKey,
    service,
    adminToken: () => adminToken(adminKey, { now: new Date(clock.epoch()), audience: broker.adminAudience }),
    async session(measurements = trusted, scope = {}, given) {
      const [key, meshKey] = await Promise.all([createTeeKey(), given ?? createMeshKey()]);
      const attester = intel.attester(measurements);
      return brokerSession({ tee: "tdx", tenant, model, ...scope }, { broker: service, attester, key, meshKey });
    },
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** SQLite in `folder`; one administrator with every role. */
export function fixtureConfig(folder: string, adminPublicKey: string): KeyBrokerConfig {
  const parsed = keyBrokerConfig.parse({
    listen: { port: 0 },
    admin: { listen: { port: 0 }, administrators: [{ name: "root", publicKey: "/dev/null", roles: ["auditor"] }] },
    operations: { port: 0 },
    database: join(folder, "broker.sqlite"),
    rootKey: { file: "/dev/null" },
    trustDomain: "test.example",
  });
  const publicKey = new Secret(Buffer.from(adminPublicKey));
  const roles = ["key-admin", "policy-admin", "auditor"] as const;
  return {
    ...parsed,
    rootKey: { file: new Secret(Buffer.alloc(32, 7)) },
    auditWitness: join(folder, "audit-witness.json"),
    admin: { ...parsed.admin, administrators: [{ name: "root", publicKey, roles: [...roles], tenants: null }] },
  };
}

/** The stanzas of a file sealed to `recipient`, whose key is `fileKey`. */
export function stanzasFor(recipient: string, fileKey: Uint8Array): Promise<readonly Stanza[]> {
  return parseRecipient(recipient).wrap(fileKey);
}
