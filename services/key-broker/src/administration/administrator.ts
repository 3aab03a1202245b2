// An administrator: a name for the log, and what they may do where.
import { KeyBrokerError } from "@sealserve/protocols/key-broker";
import type { adminRoles } from "../config.ts";

export type AdminRole = (typeof adminRoles)[number];

export interface Administrator {
  readonly name: string;
  readonly roles: readonly AdminRole[];
  /** Null: all. */
  readonly tenants: readonly string[] | null;
}

/** Throws `role-missing` unless the administrator has the role for this tenant; null: for the broker as a whole. */
export function requireRole({ roles, tenants }: Administrator, role: AdminRole, tenant: string | null): void {
  const inScope = tenants === null || (tenant !== null && tenants.includes(tenant));
  if (!inScope || !roles.includes(role)) throw new KeyBrokerError("role-missing", { role });
}
