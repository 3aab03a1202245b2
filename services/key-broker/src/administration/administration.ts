// What administrators change: tenants, keys, policies, reference values and resources, each change logged with who made it.
import type { ReferenceValue } from "@sealserve/attestation";
import { canonicalJson, KeyBrokerError } from "@sealserve/protocols/key-broker";
import { isSealingError } from "@sealserve/sealing";
import type { AuditLog } from "../audit/audit-log.ts";
import { contentOf } from "../audit/content.ts";
import type { KeyFacts, KeyKind, TenantKeys } from "../keys/tenant-keys.ts";
import { removePolicy, removeReference, setPolicy, setReference, touch } from "../release/policies.ts";
import { parseReference, parseReleasePolicy } from "../release/release-policy.ts";
import type { Resources } from "../release/resources.ts";
import type { Vault } from "../root-key/vault.ts";
import type { Change } from "../storage/schema.ts";
import type { Storage } from "../storage/storage.ts";

export interface AdministrationParts {
  readonly storage: Storage;
  readonly vault: Vault;
  readonly keys: TenantKeys;
  readonly resources: Resources;
  readonly audit: AuditLog;
  readonly epoch: () => number;
}

interface Deed {
  readonly actor: string;
  readonly tenant: string;
  readonly act: string;
  readonly subject: string;
}

/** Every method takes who acts, for the log: whether they may is decided before. All throw `KeyBrokerError`. */
export class Administration {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** Throws `conflict` where there is one of that name. */
  createTenant(actor: string, tenant: string): Promise<void> {
    const { epoch } = this.#parts;
    return this.#logged({ actor, tenant, act: "tenant-created", subject: tenant }, async (change) => {
      const known = await change.selectFrom("tenants").select("tenant").where("tenant", "=", tenant).executeTakeFirst();
      if (known) throw new KeyBrokerError("conflict", { problem: `there is a tenant '${tenant}'` });
      const created = new Date(epoch()).toISOString();
      await change.insertInto("tenants").values({ tenant, created, revision: 0 }).execute();
    });
  }

  /** Throws `conflict` where there is a key of that name. */
  createKey(actor: string, tenant: string, name: string, kind: KeyKind): Promise<KeyFacts> {
    return this.#addKey({ actor, tenant, act: "key-created", subject: name }, kind, "new");
  }

  /** `identity`: `AGE-SECRET-KEY-1…`. Throws `conflict` where there is a key of that name, `malformed-request`. */
  importKey(actor: string, tenant: string, name: string, identity: string): Promise<KeyFacts> {
    return this.#addKey({ actor, tenant, act: "key-imported", subject: name }, { identity }, "new");
  }

  /** A new generation to seal to; older ones go on opening. Throws `not-found`. */
  rotateKey(actor: string, tenant: string, name: string, kind: KeyKind): Promise<KeyFacts> {
    return this.#addKey({ actor, tenant, act: "key-rotated", subject: name }, kind, "known");
  }

  /** One generation, or all where it is null. Throws `not-found`. */
  enableKey(actor: string, tenant: string, name: string, generation: number | null, enabled: boolean): Promise<void> {
    const act = enabled ? "key-enabled" : "key-disabled";
    const subject = generation === null ? name : `${name}/${generation}`;
    return this.#change({ actor, tenant, act, subject }, async (change) => {
      const count = await this.#parts.keys.enable(change, tenant, name, generation, enabled);
      if (count === 0) throw new KeyBrokerError("not-found", {});
    });
  }

  /** `data` is the policy as JSON has it. Throws `malformed-request`, and `conflict` for keys that are not there. */
  setPolicy(actor: string, tenant: string, model: string, data: unknown): Promise<void> {
    const policy = parseReleasePolicy(data);
    const content = canonicalJson(policy);
    return this.#change(
      { actor, tenant, act: "policy-set", subject: model },
      async (change) => {
        const known = new Set((await this.#parts.keys.list(change, tenant)).map(({ name }) => name));
        const missing = policy.keys.find((name) => !known.has(name));
        if (missing !== undefined) throw new KeyBrokerError("conflict", { problem: `there is no key '${missing}'` });
        await setPolicy({ change, vault: this.#parts.vault }, tenant, model, policy);
      },
      content,
    );
  }

  removePolicy(actor: string, tenant: string, model: string): Promise<void> {
    return this.#change({ actor, tenant, act: "policy-removed", subject: model }, async (change) =>
      found(await removePolicy(change, tenant, model)),
    );
  }

  /** `data` is the reference value as JSON has it. Throws `malformed-request`. */
  setReference(actor: string, tenant: string, model: string, data: unknown): Promise<ReferenceValue> {
    const reference = parseReference(data);
    const deed = { actor, tenant, act: "reference-set", subject: `${model}/${reference.name}` };
    return this.#change(
      deed,
      async (change) => {
        await setReference({ change, vault: this.#parts.vault }, tenant, model, reference);
        return reference;
      },
      canonicalJson(reference),
    );
  }

  removeReference(actor: string, tenant: string, model: string, name: string): Promise<void> {
    return this.#change({ actor, tenant, act: "reference-removed", subject: `${model}/${name}` }, async (change) =>
      found(await removeReference(change, tenant, model, name)),
    );
  }

  setResource(actor: string, tenant: string, model: string, tag: string, content: Uint8Array): Promise<void> {
    return this.#change({ actor, tenant, act: "resource-set", subject: `${model}/${tag}` }, (change) =>
      this.#parts.resources.set(change, tenant, model, tag, content),
    );
  }

  removeResource(actor: string, tenant: string, model: string, tag: string): Promise<void> {
    return this.#change({ actor, tenant, act: "resource-removed", subject: `${model}/${tag}` }, async (change) =>
      found(await this.#parts.resources.remove(change, tenant, model, tag)),
    );
  }

  #addKey(deed: Deed, material: KeyKind | { readonly identity: string }, expected: "new" | "known"): Promise<KeyFacts> {
    const { keys } = this.#parts;
    const { tenant, subject: name } = deed;
    return this.#change(deed, async (change) => {
      const known = (await keys.list(change, tenant)).some((key) => key.name === name);
      if (known && expected === "new") throw new KeyBrokerError("conflict", { problem: `there is a key '${name}'` });
      if (!known && expected === "known") throw new KeyBrokerError("not-found", {});
      try {
        return await keys.add(change, tenant, name, material);
      } catch (error) {
        // Its own sentence never holds the text, but the cause might.
        if (isSealingError(error)) throw new KeyBrokerError("malformed-request", { problem: error.message });
        throw error;
      }
    });
  }

  /** A change of what is decided upon: releases that were being decided begin anew. Throws `not-found` without the tenant. */
  #change<T>(deed: Deed, act: (change: Change) => Promise<T>, content: string | null = null): Promise<T> {
    const touching = async (change: Change): Promise<T> => {
      found(await touch(change, deed.tenant));
      return act(change);
    };
    return this.#logged(deed, touching, content);
  }

  /** One change and its log entry: both or neither. */
  async #logged<T>(deed: Deed, act: (change: Change) => Promise<T>, content: string | null = null): Promise<T> {
    const { storage, audit } = this.#parts;
    const { head, result } = await storage.exclusively(async (change) => {
      // Before: an older row that somebody put back must not become part of what is so from now on.
      await audit.check(change, deed.tenant);
      const result = await act(change);
      const kept = content === null ? null : await audit.keep(change, contentOf(content));
      const entry = { kind: "administration", ...deed, content: kept } as const;
      return { result, head: await audit.append(change, entry, { tenant: deed.tenant }) };
    });
    await audit.appended(head);
    return result;
  }
}

function found(there: boolean): void {
  if (!there) throw new KeyBrokerError("not-found", {});
}
