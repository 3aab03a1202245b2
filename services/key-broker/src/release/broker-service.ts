// The key broker's answers: who may ask how often, and what each call releases.
import { createHash } from "node:crypto";
import {
  type CertificateArguments,
  type CertificateResult,
  type FlattenedJwe,
  isKeyBrokerError,
  isName,
  KeyBrokerError,
  type KeyBrokerService,
  type ResourceArguments,
  type UnwrapArguments,
} from "@sealserve/protocols/key-broker";
import { isSealingError } from "@sealserve/sealing";
import type { Logger } from "@sealserve/server";
import type { Admission } from "../attestations/admission.ts";
import type { Attestation } from "../attestations/attestation.ts";
import type { Gate } from "../attestations/gate.ts";
import type { Sessions } from "../attestations/sessions.ts";
import type { Attested } from "../attestations/tokens.ts";
import { readCertificateRequest } from "../keys/certificate-request.ts";
import type { Mesh } from "../keys/mesh.ts";
import type { TenantKeys } from "../keys/tenant-keys.ts";
import type { Storage } from "../storage/storage.ts";
import { encryptToTee } from "./encrypt-to-tee.ts";
import type { ReleasePolicy } from "./release-policy.ts";
import { type Product, type Releases, refused } from "./releases.ts";
import type { Resources } from "./resources.ts";

export interface BrokerServiceParts {
  readonly storage: Storage;
  readonly sessions: Sessions;
  readonly attestation: Attestation;
  readonly releases: Releases;
  readonly keys: TenantKeys;
  readonly resources: Resources;
  readonly mesh: Mesh;
  readonly admission: Admission;
  readonly gate: Gate;
  readonly logger: Logger;
}

export class BrokerService implements KeyBrokerService {
  readonly #parts: BrokerServiceParts;

  constructor(parts: BrokerServiceParts) {
    this.#parts = parts;
  }

  auth: KeyBrokerService["auth"] = (args, signal, peer) =>
    this.#admitted(signal, peer, async () => this.#parts.attestation.auth(args));

  attest: KeyBrokerService["attest"] = (args, signal, peer) =>
    this.#admitted(signal, peer, () => this.#parts.attestation.attest(args, signal, peer));

  resource: KeyBrokerService["resource"] = (args, signal, peer) =>
    this.#admitted(signal, peer, () => this.#resource(args, signal));

  unwrap: KeyBrokerService["unwrap"] = (args, signal, peer) =>
    this.#admitted(signal, peer, () => this.#unwrap(args, signal));

  certificate: KeyBrokerService["certificate"] = (args, signal, peer) =>
    this.#admitted(signal, peer, () => this.#certificate(args, signal));

  #resource(args: ResourceArguments, signal: AbortSignal): Promise<FlattenedJwe> {
    const { storage, releases, resources, sessions } = this.#parts;
    const { repository: tenant, type: model, tag } = args;
    if (![tenant, model, tag].every(isName)) throw new KeyBrokerError("not-found", {});
    const token = args.token ?? sessions.token(args.session);
    return releases.release(
      { act: "resource", token, tenant, model },
      async ({ teePublicKey }, _, { resources: known }): Promise<Product<FlattenedJwe>> => {
        const content = await resources.read(storage.db, tenant, { model, tag, known });
        if (!content) return refused("policy-refused", "no-such-resource", tag);
        return { refused: null, value: await encryptAndWipe(content, teePublicKey), subject: tag };
      },
      signal,
    );
  }

  #unwrap({ token, tenant, model, stanzas }: UnwrapArguments, signal: AbortSignal): Promise<FlattenedJwe> {
    const { storage, releases, keys } = this.#parts;
    return releases.release(
      { act: "unwrap", token, tenant, model },
      async ({ teePublicKey }, { keys: names }, { keys: known }): Promise<Product<FlattenedJwe>> => {
        try {
          const opened = await keys.unwrap(storage.db, tenant, { names, known }, stanzas);
          if (!opened) return refused("unknown-key", "no-stanza-for-key");
          return { refused: null, value: await encryptAndWipe(opened.fileKey, teePublicKey), subject: opened.key };
        } catch (error) {
          if (isSealingError(error)) return refused("unknown-key", error.code);
          throw error;
        }
      },
      signal,
    );
  }

  async #certificate(args: CertificateArguments, signal: AbortSignal): Promise<CertificateResult> {
    const { releases, mesh } = this.#parts;
    const { token, tenant, model, role } = args;
    const requested = await readCertificateRequest(args.csr);
    return releases.release(
      { act: "certificate", token, tenant, model },
      async (attested, policy): Promise<Product<CertificateResult>> => {
        const reason = refusalOf(requested, attested, policy, role);
        if (reason) return refused("policy-refused", reason, role);
        const instance = createHash("sha256").update(requested.spkiSha256).digest("hex").slice(0, 16);
        const subject = { role, tenant, model, instance };
        return { refused: null, value: await mesh.issue(requested.publicKey, subject), subject: mesh.uri(subject) };
      },
      signal,
    );
  }

  /** Whatever was not foreseen is for the log; the peer may try again. Nothing is released then: see `Releases`. */
  async #admitted<T>(signal: AbortSignal, peer: string | undefined, act: () => Promise<T>): Promise<T> {
    const { admission, gate, logger } = this.#parts;
    admission.admit(peer);
    try {
      return await gate.pass(act);
    } catch (error) {
      const foreseen = isKeyBrokerError(error) && !(error.code === "unavailable" && error.facts.untouched);
      // Nobody is left to be told.
      if (!foreseen && !signal.aborted) logger.error("the key broker could not decide", { error });
      if (isKeyBrokerError(error)) throw error;
      throw new KeyBrokerError("unavailable", {}, error);
    }
  }
}

/** Null, or why this key is not certified: it must be the attested one, or the one that the evidence names. */
function refusalOf(
  requested: { readonly x: string; readonly y: string; readonly spkiSha256: string },
  { teePublicKey, csrKey }: Attested,
  { roles }: ReleasePolicy,
  role: CertificateArguments["role"],
): string | null {
  if (!roles.includes(role)) return "role-not-granted";
  if (csrKey === requested.spkiSha256) return null;
  const same = teePublicKey.kty === "EC" && teePublicKey.x === requested.x && teePublicKey.y === requested.y;
  return same ? null : "key-not-attested";
}

async function encryptAndWipe(secret: Uint8Array, key: Attested["teePublicKey"]): Promise<FlattenedJwe> {
  try {
    return await encryptToTee(secret, key);
  } finally {
    secret.fill(0);
  }
}
