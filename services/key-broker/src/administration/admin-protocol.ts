// The admin listener as a protocol: every call says which role it needs, and nothing is answered without.
import type { Route, RouteHandler } from "@sealserve/protocols";
import {
  type Administered,
  adminRoutes,
  auditRoutes,
  type GroundsDocument,
  isKeyBrokerError,
  KeyBrokerError,
  type ModelDocument,
  refusing,
  refusingProtocol,
} from "@sealserve/protocols/key-broker";
import type { Logger } from "@sealserve/server";
import type { AuditReader } from "../audit/audit-reader.ts";
import type { TenantKeys } from "../keys/tenant-keys.ts";
import { modelsOf, policyDocument, referencesOf } from "../release/policies.ts";
import type { Resources } from "../release/resources.ts";
import type { Storage } from "../storage/storage.ts";
import { type AdminAuthentication, type Administrator, type AdminRole, requireRole } from "./admin-authentication.ts";
import type { Administration } from "./administration.ts";

export interface AdminProtocolParts {
  readonly authentication: AdminAuthentication;
  readonly administration: Administration;
  readonly storage: Storage;
  readonly keys: TenantKeys;
  readonly resources: Resources;
  readonly audit: AuditReader;
  readonly logger: Logger;
}

/** `tenant`: whose it is; `broker`: of the broker as a whole. */
type Reach = "tenant" | "broker" | "own-tenants";

export function adminProtocol(parts: AdminProtocolParts) {
  const { authentication, administration: deeds, storage, keys, audit, logger } = parts;

  /** Identifies, checks the role, acts; what was not foreseen is logged here and tells nothing. */
  function row<A extends Administered, R>(
    route: Route<A, R>,
    role: AdminRole | null,
    reach: Reach,
    act: (who: Administrator, args: A) => Promise<R>,
  ): RouteHandler {
    return refusing(route, "exact", async (args) => {
      const who = await authentication.identify(args.token);
      if (role !== null && reach !== "own-tenants") requireRole(who, role, reach === "broker" ? null : tenantOf(args));
      if (role !== null && reach === "own-tenants" && !who.roles.includes(role))
        throw new KeyBrokerError("role-missing", { role });
      try {
        return await act(who, args);
      } catch (error) {
        if (isKeyBrokerError(error)) throw error;
        logger.error("an administrator's call failed", { route: route.name, error });
        throw new KeyBrokerError("unavailable", {}, error);
      }
    });
  }

  return refusingProtocol("keyBroker.admin", "exact", [
    row(adminRoutes.listTenants, null, "own-tenants", ({ tenants }) => listTenants(storage, tenants)),
    row(adminRoutes.createTenant, "key-admin", "broker", async ({ name }, { tenant }) => {
      await deeds.createTenant(name, tenant);
      return undefined;
    }),
    row(adminRoutes.listKeys, "key-admin", "tenant", (_, { tenant }) => keys.list(storage.db, tenant)),
    row(adminRoutes.createKey, "key-admin", "tenant", (who, { tenant, name, kind }) =>
      deeds.createKey(who.name, tenant, name, kind),
    ),
    row(adminRoutes.importKey, "key-admin", "tenant", (who, { tenant, name, identity }) =>
      deeds.importKey(who.name, tenant, name, identity),
    ),
    row(adminRoutes.rotateKey, "key-admin", "tenant", (who, { tenant, name, kind }) =>
      deeds.rotateKey(who.name, tenant, name, kind),
    ),
    row(adminRoutes.enableKey, "key-admin", "tenant", async (who, { tenant, name, generation, enabled }) => {
      await deeds.enableKey(who.name, tenant, name, generation, enabled);
      return undefined;
    }),
    row(adminRoutes.setResource, "key-admin", "tenant", async (who, { tenant, model, tag, content }) => {
      await deeds.setResource(who.name, tenant, model, tag, content);
      content.fill(0);
      return undefined;
    }),
    row(adminRoutes.removeResource, "key-admin", "tenant", async (who, { tenant, model, tag }) => {
      await deeds.removeResource(who.name, tenant, model, tag);
      return undefined;
    }),
    row(adminRoutes.listModels, "policy-admin", "tenant", (_, { tenant }) => listModels(parts, tenant)),
    row(adminRoutes.setPolicy, "policy-admin", "tenant", async (who, { tenant, model, policy }) => {
      await deeds.setPolicy(who.name, tenant, model, policy);
      return undefined;
    }),
    row(adminRoutes.removePolicy, "policy-admin", "tenant", async (who, { tenant, model }) => {
      await deeds.removePolicy(who.name, tenant, model);
      return undefined;
    }),
    row(adminRoutes.setReference, "policy-admin", "tenant", async (who, { tenant, model, reference }) => {
      await deeds.setReference(who.name, tenant, model, reference);
      return undefined;
    }),
    row(adminRoutes.removeReference, "policy-admin", "tenant", async (who, { tenant, model, name }) => {
      await deeds.removeReference(who.name, tenant, model, name);
      return undefined;
    }),
    row(auditRoutes.readAudit, "auditor", "own-tenants", ({ tenants }, page) => audit.read({ ...page, tenants })),
    row(auditRoutes.checkpoint, "auditor", "own-tenants", () => audit.checkpoint()),
    row(
      auditRoutes.grounds,
      "auditor",
      "own-tenants",
      ({ tenants }, { sequence }): Promise<GroundsDocument> => audit.grounds(sequence, tenants),
    ),
  ]);
}

function tenantOf(args: object): string {
  return "tenant" in args && typeof args.tenant === "string" ? args.tenant : "";
}

/** Those in the administrator's reach. */
async function listTenants({ db }: Storage, reach: readonly string[] | null): Promise<readonly string[]> {
  const rows = await db.selectFrom("tenants").select("tenant").orderBy("tenant").execute();
  return rows.map(({ tenant }) => tenant).filter((tenant) => reach === null || reach.includes(tenant));
}

async function listModels(
  { storage, resources }: AdminProtocolParts,
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
      policy: await policyDocument(db, tenant, model),
      references: await referencesOf(db, tenant, model),
      resources: await resources.tags(db, tenant, model),
    })),
  );
}
