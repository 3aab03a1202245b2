// The key broker's configuration: where it listens, who administers it, where its state and its root key are.
import { clientRootsSetting, duration, logLevelSetting, portSetting, secretFile, tlsSetting } from "@sealserve/server";
import { z } from "zod";
import { placedSecretFile } from "./root-key/placed-secret.ts";

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, { error: "letters, digits, '.', '_' and '-'" });

const minute = 60_000;

function listener(port: number) {
  return z
    .strictObject({
      host: z.string().min(1).default("127.0.0.1"),
      port: portSetting.default(port),
      tls: tlsSetting.default(null),
      /** Allows a host outside loopback without TLS. */
      insecurePlaintext: z.boolean().default(false),
    })
    .prefault({});
}

export const adminRoles = ["key-admin", "policy-admin", "auditor"] as const;

/** Which certificate is an administrator's: the one with this SPIFFE URI and no other, or the one with this SHA-256 digest. */
const adminCertificate = z.union(
  [
    z.strictObject({
      uri: z.string().regex(/^spiffe:\/\/[a-z0-9._-]{1,255}(\/[A-Za-z0-9._-]{1,128}){1,16}$/, {
        error: "a SPIFFE URI such as spiffe://models.example/admin/alice",
      }),
    }),
    z.strictObject({
      sha256: z
        .string()
        .transform((written) => written.replaceAll(":", "").toLowerCase())
        .pipe(z.string().regex(/^[0-9a-f]{64}$/, { error: "64 hex digits, with or without colons" })),
    }),
  ],
  { error: 'an object with "uri" or "sha256"' },
);

/** Whom the admin API takes, by signed tokens, by certificate or by either, and what they may do where. */
const administrator = z
  .strictObject({
    name,
    /** Path of an Ed25519 public key in PEM. */
    publicKey: secretFile.optional(),
    certificate: adminCertificate.optional(),
    roles: z.array(z.enum(adminRoles)).min(1),
    /** Null: all of them, and the right to make new ones. */
    tenants: z.array(name).nullable().default(null),
  })
  .refine(({ publicKey, certificate }) => publicKey !== undefined || certificate !== undefined, {
    error: 'an object with "publicKey", "certificate" or both',
  });

/** Exactly one of them holds the root key, under which everything secret in the database is sealed. */
const rootKey = z.union(
  [
    /** 32 bytes, or 64 hex digits. */
    z.strictObject({ file: placedSecretFile }),
    z.strictObject({ passphraseFile: placedSecretFile }),
    /** As many share files as it takes. */
    z.strictObject({ shares: z.array(placedSecretFile).min(1) }),
  ],
  { error: 'an object with "file", "passphraseFile" or "shares"' },
);

export const keyBrokerShape = {
  /** For attesting processes. */
  listen: listener(8440),
  admin: z.strictObject({
    listen: listener(8441),
    administrators: z.array(administrator).min(1),
    /** Paths of PEM files: the authorities, and no others, that issue the certificates of administrators. Null: tokens only. */
    clientRoots: z.array(secretFile).min(1).nullable().default(null),
    /** What tokens must say in `aud`; null: by the trust domain. */
    audience: z.string().min(1).max(512).nullable().default(null),
  }),
  /** Health and metrics, for the machine itself. */
  operations: listener(8442),
  /** `postgres://…`, or the path of a SQLite file. */
  database: z.string().min(1),
  rootKey,
  /** Names this broker in its tokens, and those of its mesh in their certificates (SPIFFE). */
  trustDomain: z.string().regex(/^[a-z0-9._-]{1,255}$/, { error: "lower-case letters, digits, '.', '_' and '-'" }),
  /** A file outside the database that remembers how far the audit log has come, so that an older database is noticed. Null: beside the root key; `none`: none. */
  auditWitness: z.string().min(1).nullable().default(null),
  /** From authentication to attestation; the nonce holds no longer. */
  sessionLifetime: duration.default(60_000),
  tokenLifetime: duration.default(300_000),
  /** Of mesh certificates: a process that is refused from now on stays in the mesh for no longer. */
  meshLifetime: duration
    .refine((time) => time >= minute && time <= 24 * 60 * minute, { error: 'a duration from "1m" to "24h"' })
    .default(60 * minute),
  /** Sessions that have not attested yet; the oldest goes when there are more. */
  maxSessions: z.int().min(1).default(10_000),
  /** Requests a second that are admitted on the public listener, in the long run; more are answered 429. */
  maxRequestRate: z.int().min(1).default(500),
  /** The same of one client's address (of IPv6 its first 64 bits); null: a fifth of it. */
  maxClientRate: z.int().min(1).nullable().default(null),
  /** Judgements of evidence that run or wait at the same time; more are answered 429. */
  maxPending: z.int().min(1).default(2_000),
};

export const keyBrokerConfig = z.strictObject(keyBrokerShape);
export type KeyBrokerConfig = z.infer<typeof keyBrokerConfig>;

/** The configuration of the process that is nothing but a key broker. */
export const keyBrokerProcessConfig = z.strictObject({
  ...keyBrokerShape,
  collateral: z
    .strictObject({
      /** Base URL of a PCCS to ask instead of Intel's own service. */
      pccs: z.url().nullable().default(null),
      /** The authorities, and no others, that may vouch for the PCCS; nobody else is judged by them. Null: the system's. */
      ca: clientRootsSetting.nullable().default(null),
      /** Base URL of a mirror to ask instead of AMD's own service. */
      kds: z.url().nullable().default(null),
      /** A folder of collateral (`sealserve collateral import`): then nothing is asked over a network. */
      folder: z.string().min(1).nullable().default(null),
      /** Within this time nobody is asked again. */
      refreshAfter: duration.default(3_600_000),
    })
    .refine(({ ca, pccs, folder }) => ca === null || (folder === null && pccs?.startsWith("https:")), {
      path: ["ca"],
      error: "null, but where collateral.pccs is https and no collateral.folder takes its place",
    })
    .prefault({}),
  log: z
    .strictObject({
      level: logLevelSetting.default("info"),
      format: z.enum(["auto", "json", "pretty"]).default("auto"),
    })
    .prefault({}),
});
export type KeyBrokerProcessConfig = z.infer<typeof keyBrokerProcessConfig>;
