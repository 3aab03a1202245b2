// What tenants, models, keys and roles may be called: one closed alphabet, so that no name is a path or hides in a log.
import { matching, type Shape } from "./shape.ts";

/** Letters, digits, `.`, `_` and `-`, 128 at most, not beginning with a dot: neither `..` nor an object's own members such as `__proto__`. */
const pattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export const nameShape: Shape<string> = matching(
  pattern,
  "letters, digits, '.', '_' and '-', at most 128, not beginning with a sign",
);

export function isName(text: string): boolean {
  return pattern.test(text);
}

/** What an attested process is in the mesh. */
export const meshRoles = ["backend", "frontend", "sidecar", "client"] as const;

export type MeshRole = (typeof meshRoles)[number];
