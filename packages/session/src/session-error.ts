// Why an attested channel was not opened, or a sealed body not read: a closed list, each code with its facts.
import { CodedError } from "@sealserve/primitives";

/** Facts never hold a nonce, an exporter, a key or plaintext. */
export interface SessionErrorFacts {
  // Stop: whoever answers is not what it should be, or somebody stands between.
  "not-attested": { readonly where: string; readonly status: number };
  "answer-malformed": { readonly problem: string };
  "preimage-malformed": { readonly problem: string };
  "purpose-mismatch": { readonly expected: string; readonly found: string };
  "nonce-mismatch": Readonly<Record<never, never>>;
  /** The certificate of this connection is not the one that evidence was made for. */
  "certificate-mismatch": Readonly<Record<never, never>>;
  /** The TLS exporter differs: evidence was made for another connection, and relayed. */
  "channel-mismatch": Readonly<Record<never, never>>;
  /** Evidence names another HPKE key than the one to be used. */
  "hpke-key-mismatch": Readonly<Record<never, never>>;
  "pinned-mismatch": { readonly what: string; readonly expected: string; readonly found: string };
  "tls-version-refused": { readonly where: string; readonly found: string };
  redirected: { readonly where: string; readonly status: number };
  /** What a key broker released was not encrypted to the key of this process, or was changed. */
  "released-unreadable": Readonly<Record<never, never>>;
  /** Of a sealed request, in the clear: nobody vouches for it. */
  "sealed-request-refused": { readonly where: string; readonly status: number };
  "sealed-body-malformed": { readonly problem: string };
  "sealed-body-forged": Readonly<Record<never, never>>;
  "stream-truncated": Readonly<Record<never, never>>;
  "sequence-exhausted": Readonly<Record<never, never>>;
  replayed: Readonly<Record<never, never>>;
  /** The clocks of both ends differ, or somebody kept the request. */
  "request-late": Readonly<Record<never, never>>;
  // Mend the call.
  "url-refused": { readonly expected: string; readonly found: string };
  "nonce-malformed": { readonly length: number };
  /** There is neither a TLS connection nor an HPKE key that evidence could be bound to. */
  "channel-unbound": Readonly<Record<never, never>>;
  // Try again.
  /** The server remembers as many sealed requests as it can. */
  busy: Readonly<Record<never, never>>;
  /** Twice in a row: models come and go there. */
  "model-set-changed": { readonly where: string };
  unreachable: { readonly where: string; readonly reason: string };
  "certificate-unavailable": { readonly reason: string };
}

export type SessionErrorCode = keyof SessionErrorFacts;

const sentences: { readonly [C in SessionErrorCode]: (facts: SessionErrorFacts[C]) => string } = {
  "not-attested": (f) =>
    `${f.where} gives no evidence of what it is (status ${f.status}): it does not run in a TEE, or is no Sealserve`,
  "answer-malformed": (f) => `the answer of the attestation endpoint cannot be read: ${f.problem}`,
  "preimage-malformed": (f) => `the published preimage of the report data cannot be used: ${f.problem}`,
  "purpose-mismatch": (f) => `the evidence was made for '${f.found}', but '${f.expected}' is needed`,
  "nonce-mismatch": () => "the evidence was not made for this nonce: it is old, or meant for somebody else",
  "certificate-mismatch": () => "the TLS certificate of this connection is not the one that the evidence names",
  "channel-mismatch": () => "the evidence was made for another TLS connection: somebody relays it",
  "hpke-key-mismatch": () => "the evidence names another key than the one that requests would be sealed to",
  "pinned-mismatch": (f) => `${f.what} is ${f.found}, but ${f.expected} is pinned`,
  "tls-version-refused": (f) => `${f.where} speaks ${f.found}; only TLS 1.3 is accepted`,
  redirected: (f) => `${f.where} redirects (status ${f.status}): the server that was chosen answers, or nobody does`,
  "released-unreadable": () => "what the key broker released cannot be opened with the key of this process",
  "sealed-request-refused": (f) =>
    `${f.where} did not answer the sealed request (status ${f.status}); the reason comes in the clear, so that nobody vouches for it`,
  "sealed-body-malformed": (f) => `the sealed body cannot be read: ${f.problem}`,
  "sealed-body-forged": () => "the sealed body was changed, moved, or sealed for another request",
  "stream-truncated": () => "the sealed body ends before its last chunk",
  "sequence-exhausted": () => "the sealed body has more chunks than one key may seal",
  replayed: () => "this sealed request was received before",
  "request-late": () =>
    "this sealed request was not received within two minutes of its time: compare the clocks of this machine and of the server",
  busy: () => "the server takes no more sealed requests for now",
  "url-refused": (f) => `the URL must be ${f.expected}, but is ${f.found}`,
  "nonce-malformed": (f) => `a nonce has 32 bytes, not ${f.length}`,
  "channel-unbound": () => "there is no TLS connection and no sealing key that evidence could be bound to: use https",
  "model-set-changed": (f) => `${f.where} loads other models again and again: none of them is what its evidence named`,
  unreachable: (f) => `${f.where} ${f.reason}`,
  "certificate-unavailable": (f) => `no mesh certificate could be obtained: ${f.reason}`,
};

export class SessionError<C extends SessionErrorCode = SessionErrorCode> extends CodedError<C, SessionErrorFacts[C]> {
  constructor(code: C, facts: SessionErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "SessionError";
  }
}
