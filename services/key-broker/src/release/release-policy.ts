// What a tenant allows for one of its models: by whom it may be opened, with which keys, and how often.
import { type AppraisalPolicy, PolicyError, parsePolicy, type ReferenceValue } from "@sealserve/attestation";
import { isName, KeyBrokerError, type MeshRole, meshRoles } from "@sealserve/protocols/key-broker";
import { isRecord } from "../is-record.ts";

export interface ReleasePolicy {
  /** Its references are those of the policy itself and those registered beside it. */
  readonly appraisal: AppraisalPolicy;
  /** Names of the tenant's keys that may open this model's files; none: no file is opened. */
  readonly keys: readonly string[];
  /** What an accepted process may be certified as in the mesh; none: nothing. */
  readonly roles: readonly MeshRole[];
  /** How many file keys and resources may be released in all; null: any number. */
  readonly releaseLimit: number | null;
}

const members = ["appraisal", "keys", "roles", "releaseLimit"];

/** Strict: an unknown member, a missing one or a wrong form refuses the whole. Throws `malformed-request`. */
export function parseReleasePolicy(data: unknown): ReleasePolicy {
  if (!isRecord(data)) throw malformed("the policy must be an object");
  const unknown = Object.keys(data).find((key) => !members.includes(key));
  if (unknown !== undefined) throw malformed(`the policy may have ${members.join(", ")}, and nothing else`);
  // Own members only: nothing is looked up along a prototype.
  const { appraisal, keys, roles = [], releaseLimit = null }: Record<string, unknown> = { __proto__: null, ...data };
  if (!isListOf(keys, isName)) throw malformed("keys must be a list of the names of keys, each once");
  if (!isListOf(roles, isRole)) throw malformed(`roles must be a list of ${meshRoles.join(", ")}, each once`);
  if (releaseLimit !== null && !isCount(releaseLimit)) throw malformed("releaseLimit must be a whole number, or null");
  return { appraisal: appraisalOf(appraisal), keys, roles, releaseLimit };
}

/** Throws `malformed-request`. */
export function parseReference(data: unknown): ReferenceValue {
  const { references } = appraisalOf({ name: "one", references: [data], tcbStatuses: [], hardwareIds: null });
  const [reference] = references;
  if (!reference) throw malformed("there is no reference value");
  return reference;
}

function appraisalOf(data: unknown): AppraisalPolicy {
  try {
    return parsePolicy(data);
  } catch (error) {
    if (error instanceof PolicyError) throw malformed(error.message);
    throw error;
  }
}

function malformed(problem: string): KeyBrokerError {
  return new KeyBrokerError("malformed-request", { problem });
}

function isListOf<T extends string>(value: unknown, is: (text: string) => text is T): value is readonly T[];
function isListOf(value: unknown, is: (text: string) => boolean): value is readonly string[];
function isListOf(value: unknown, is: (text: string) => boolean): boolean {
  return (
    Array.isArray(value) &&
    value.every((each) => typeof each === "string" && is(each)) &&
    new Set(value).size === value.length
  );
}

function isRole(text: string): text is MeshRole {
  return meshRoles.some((role) => role === text);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
