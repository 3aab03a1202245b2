// What evidence is for: a role that its maker plays, so that evidence of one role cannot be shown in another.

/**
 * `client-facing`: a server's TLS connection to a client. `sealed-http`: the HPKE key that clients seal requests to, bound to no
 * connection. `frontend` and `backend`: the two ends of a mesh connection. `key-broker`: the broker to whoever asks it for a key.
 */
export const purposes = ["client-facing", "sealed-http", "frontend", "backend", "key-broker"] as const;

export type Purpose = (typeof purposes)[number];

/** Evidence of these purposes is bound to one TLS connection; the others carry an HPKE key instead. */
export function isChannelBound(purpose: Purpose): boolean {
  return purpose !== "sealed-http";
}
