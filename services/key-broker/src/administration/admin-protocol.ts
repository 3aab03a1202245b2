// The admin listener as a protocol: every call says which role it needs, and nothing but the broker's name is told without.
import type { Protocol, Route, RouteHandler } from "@sealserve/protocols";
import {
  type Administered,
  aboutRoute,
  adminRoutes,
  auditRoutes,
  isKeyBrokerError,
  KeyBrokerError,
  type ModelDocument,
  type OwnKeyDocument,
  refusing,
  refusingProtocol,
} from "@sealserve/protocols/key-broker";
import type { Logger } from "@sealserve/server";
import type { AuditLog } from "../audit/audit-log.ts";
import type { AuditReader } from "../audit/audit-reader.ts";
import type { AuditPruning } from "../audit/pruning.ts";
import type { Mesh } from "../keys/mesh.ts";
import { type OwnKey, type OwnKeys, ownPurposes } from "../keys/own-keys.ts";
import type { TenantKeys } from "../keys/tenant-keys.ts";
import { modelsOf, policyDocument, referencesOf } from "../release/policies.ts";
import type { Resources } from "../release/resources.ts";
import type { Vault } from "../root-key/vault.ts";
import type { Storage } from "../storage/storage.ts";
import type { AdminAuthentication } from "./admin-authentication.ts";
import type { AdminRefusals } from "./admin-refusals.ts";
import type { Administration } from "./administration.ts";
import { type Administrator, type AdminRole, requireRole } from "./administrator.ts";

export interface AdminProtocolParts {
  readonly authentication: AdminAuthentication;
  readonly administration: Administration;
  readonly storage: Storage;
  readonly vault: Vault;
  readonly keys: TenantKeys;
  readonly resources: Resources;
  readonly log: AuditLog;
  readonly audit: AuditReader;
  readonly pruning: AuditPruning;
  readonly ownKeys: OwnKeys;
  readonly mesh: Mesh;
  readonly refusals: AdminRefusals;
  readonly logger: Logger;
}

/** What a call needs: a role for the tenant in its path, for the broker as a whole, or for whichever tenants the caller has. */
interface Need {
  readonly role: AdminRole | null;
  readonly reach: "tenant" | "broker" | "any";
}

/** Counts and tells what is thrown. */
type Refuse = (error: unknown) => never;

const forKeys: Need = { role: "key-admin", reach: "tenant" };
const forBroker: Need = { role: "key-admin", reach: "broker" };
const forPolicies: Need = { role: "policy-admin", reach: "tenant" };
const forAudit: Need = { role: "auditor", reach: "any" };

export function adminProtocol(parts: AdminProtocolParts): Protocol {
  const {
    authentication,
    administration: deeds,
    storage,
    keys,
    resources,
    audit,
    pruning,
    ownKeys,
    mesh,
    refusals,
    logger,
  } = parts;

  /** Identifies, checks the role, acts; what was not foreseen is logged here and tells nothing. */
  function row<A extends Administered, R>(
    route: Route<A, R>,
    need: Need,
    act: (who: Administrator, args: A) => Promise<R>,
  ): RouteHandler {
    const refuse = (error: unknown): never => {
      if (isKeyBrokerError(error)) refusals.tell(error, route.name);
      throw error;
    };
    return refusing(withoutPages(route, refuse), "exact", async (args, { channel = null }) => {
      const who = await authentication.identify({ token: args.token, channel }, storage).catch(refuse);
      checkNeed(who, need, args, refuse);
      try {
        return await act(who, args);
      } catch (error) {
        if (isKeyBrokerError(error)) throw error;
        logger.error("an administrator's call failed", {
          route: route.name,
          error: await parts.log.reasonFor(error, storage),
        });
        throw new KeyBrokerError("unavailable", {}, error);
      }
    });
  }

  return refusingProtocol("keyBroker.admin", "exact", [
    refusing(aboutRoute, "exact", async () => ({ audience: authentication.audience })),
    row(adminRoutes.listTenants, { role: null, reach: "any" }, ({ tenants }) => listTenants(storage, tenants)),
    row(adminRoutes.createTenant, { role: "key-admin", reach: "broker" }, ({ name: actor }, { tenant }) =>
      deeds.createTenant(actor, tenant),
    ),
    row(adminRoutes.readMesh, forPolicies, async (_, { tenant }) => {
      await ownKeys.refresh();
      return mesh.about(tenant);
    }),
    row(adminRoutes.listKeys, forKeys, (_, { tenant }) => keys.list(storage.db, tenant)),
    row(adminRoutes.createKey, forKeys, ({ name: actor }, { tenant, name, kind }) =>
      deeds.createKey(actor, tenant, name, kind),
    ),
    row(adminRoutes.importKey, forKeys, ({ name: actor }, { tenant, name, identity }) =>
      deeds.importKey(actor, tenant, name, identity),
    ),
    row(adminRoutes.rotateKey, forKeys, ({ name: actor }, { tenant, name, kind }) =>
      deeds.rotateKey(actor, tenant, name, kind),
    ),
    row(adminRoutes.enableKey, forKeys, ({ name: actor }, { tenant, name, generation, enabled }) =>
      deeds.enableKey(actor, tenant, name, generation, enabled),
    ),
    row(adminRoutes.listOwnKeys, forBroker, () => trustedKeys(ownKeys)),
    row(adminRoutes.rotateOwnKey, forBroker, async ({ name: actor }, { purpose, overlap }) => {
      const known = ownPurposes.find((each) => each === purpose);
      if (!known) throw new KeyBrokerError("not-found", {});
      return toDocuments(await ownKeys.rotate(actor, known, overlap === null ? null : overlap * 1000));
    }),
    row(adminRoutes.listResources, forKeys, (_, { tenant, model }) => resources.tags(storage.db, tenant, model)),
    row(adminRoutes.setResource, forKeys, async ({ name: actor }, { tenant, model, tag, content }) => {
      await deeds.setResource(actor, tenant, model, tag, content);
      content.fill(0);
    }),
    row(adminRoutes.removeResource, forKeys, ({ name: actor }, { tenant, model, tag }) =>
      deeds.removeResource(actor, tenant, model, tag),
    ),
    row(adminRoutes.listModels, forPolicies, (_, { tenant }) => listModels(parts, tenant)),
    row(adminRoutes.setPolicy, forPolicies, ({ name: actor }, { tenant, model, policy }) =>
      deeds.setPolicy(actor, tenant, model, policy),
    ),
    row(adminRoutes.removePolicy, forPolicies, ({ name: actor }, { tenant, model }) =>
      deeds.removePolicy(actor, tenant, model),
    ),
    row(adminRoutes.setReference, forPolicies, async ({ name: actor }, { tenant, model, reference }) => {
      await deeds.setReference(actor, tenant, model, reference);
    }),
    row(adminRoutes.removeReference, forPolicies, ({ name: actor }, { tenant, model, name }) =>
      deeds.removeReference(actor, tenant, model, name),
    ),
    row(auditRoutes.readAudit, forAudit, ({ tenants }, page) => audit.read({ ...page, tenants })),
    row(auditRoutes.checkpoint, forAudit, () => audit.checkpoint()),
    row(auditRoutes.pruned, forAudit, () => pruning.pruned()),
    // Whoever may remove evidence is not one of those whom it is about: of one tenant.
    row(auditRoutes.prune, { role: "auditor", reach: "broker" }, ({ name: actor }, { before }) =>
      pruning.prune(actor, before),
    ),
    row(auditRoutes.grounds, forAudit, ({ tenants }, { sequence }) => audit.grounds(sequence, tenants)),
  ]);
}

/**
 * A page of anybody's can make a browser ask, and the browser shows its user's certificate: only a token, which the page would have to know,
 * proves that the user wants it.
 */
function withoutPages<A extends Administered, R>(route: Route<A, R>, refuse: Refuse): Route<A, R> {
  return {
    ...route,
    async readRequest(request, captured) {
      const args = await route.readRequest(request, captured);
      const page = request.headers["origin"] !== undefined || request.headers["sec-fetch-site"] !== undefined;
      if (page && args.token === null) refuse(new KeyBrokerError("admin-refused", { reason: "from-page" }));
      return args;
    },
  };
}

/** Throws `role-missing`. */
function checkNeed(who: Administrator, { role, reach }: Need, args: object, refuse: Refuse): void {
  if (role === null) return;
  try {
    if (reach === "any") requireRole({ ...who, tenants: null }, role, null);
    else requireRole(who, role, reach === "tenant" ? tenantOf(args) : null);
  } catch (error) {
    refuse(error);
  }
}

function tenantOf(args: object): string {
  return "tenant" in args && typeof args.tenant === "string" ? args.tenant : "";
}

async function trustedKeys(keys: OwnKeys): Promise<readonly OwnKeyDocument[]> {
  await keys.refresh();
  return toDocuments(ownPurposes.flatMap((purpose) => keys.trusted(purpose)));
}

function toDocuments(keys: readonly OwnKey[]): readonly OwnKeyDocument[] {
  return keys.map(({ name, signsFrom, trustedUntil, key }) => ({
    ...{ name, id: key.id },
    signsFrom: signsFrom || null,
    trustedUntil: trustedUntil || null,
  }));
}

/** Those in the administrator's reach. */
async function listTenants({ db }: Storage, reach: readonly string[] | null): Promise<readonly string[]> {
  const rows = await db.selectFrom("tenants").select("tenant").orderBy("tenant").execute();
  return rows.map(({ tenant }) => tenant).filter((tenant) => reach === null || reach.includes(tenant));
}

async function listModels(
  { storage, vault, resources }: AdminProtocolParts,
  tenant: string,
): Promise<readonly ModelDocument[]> {
  const { db } = storage;
  const named = await Promise.all([
    modelsOf(db, tenant),
    ...(["reference_values", "resources"] as const).map(async (table) => {
      const rows = await db.selectFrom(table).select("model").distinct().where("tenant", "=", tenant).execute();
      return rows.map(({ model }) => model);
    }),
  ]);
  return Promise.all(
    [...new Set(named.flat())].sort().map(async (model) => ({
      model,
      policy: await policyDocument({ db, vault }, tenant, model),
      references: await referencesOf({ db, vault }, tenant, model),
      resources: await resources.tags(db, tenant, model),
    })),
  );
}
