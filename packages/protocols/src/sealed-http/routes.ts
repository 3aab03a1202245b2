// Where sealed messages go, and how both ends name what is outside of them (docs/design/002).

export const sealedHttpPath = "/.well-known/sealed-http";
export const sealedRequestType = "application/vnd.sealserve.sealed-request";
export const sealedReplyType = "application/vnd.sealserve.sealed-reply";

/**
 * Inside a sealed request: base64url of the digest of the models that its sender saw in evidence. It is answered while that is what is
 * loaded, and refused with `model-set-changed` afterwards.
 */
export const modelSetHeader = "sealserve-model-set";

/** Inside a sealed request: base64url of the digest of the mesh that its sender saw in evidence, treated alike; left out where there was none. */
export const meshHeader = "sealserve-mesh";

/**
 * What the listener says in the clear where it cannot answer sealed. To a client each is a hint that nobody vouches for: attest again,
 * once, or give up.
 */
export type SealedHttpProblem =
  | "hpke-key-mismatch"
  | "model-set-changed"
  | "replayed"
  | "request-late"
  | "busy"
  | "sealed-request-refused";

export const sealedHttpStatuses: Readonly<Record<SealedHttpProblem, number>> = {
  "hpke-key-mismatch": 409,
  "model-set-changed": 409,
  replayed: 409,
  "request-late": 409,
  busy: 503,
  "sealed-request-refused": 400,
};
