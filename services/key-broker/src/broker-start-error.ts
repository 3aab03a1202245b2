// Why a key broker cannot start; each with what to do.
import { CodedError } from "@sealserve/primitives";

export interface BrokerStartErrorFacts {
  "database-unusable": { readonly kind: string };
  /** The database is sealed under another root key. */
  "root-key-wrong": Readonly<Record<never, never>>;
  "root-key-malformed": { readonly problem: string };
  /** The root key that another was to take the place of. */
  "root-key-same": Readonly<Record<never, never>>;
  "administrators-missing": Readonly<Record<never, never>>;
  "administrator-key-unusable": { readonly name: string };
  /** A certificate is named, but nobody who would vouch for it. */
  "client-roots-missing": { readonly name: string };
  /** Two entries have one name, one key or one certificate. */
  "administrator-twice": { readonly name: string };
  /** The root key comes from no file, beside which the witness could be. */
  "witness-unnamed": Readonly<Record<never, never>>;
  /** A policy or reference value without proof that a holder of the root key set it. */
  "documents-unvouched": { readonly place: string };
  /** In a TEE: what the host could have set to look inside, or to put its own code in. Names only. */
  "environment-refused": { readonly names: readonly string[] };
}

export type BrokerStartErrorCode = keyof BrokerStartErrorFacts;

const sentences: { readonly [C in BrokerStartErrorCode]: (facts: BrokerStartErrorFacts[C]) => string } = {
  "database-unusable": (f) => `the ${f.kind} database cannot be used: check its location, its rights and that it runs`,
  "witness-unnamed": () => "name the file of the audit log's witness as auditWitness, or say none",
  "documents-unvouched": (f) =>
    `the root key does not vouch for ${f.place}: it is from before documents were vouched for, or was put there by hand. Read it; if it is yours, have all of them adopted: sealserve broker adopt-documents`,
  "root-key-wrong": () => "this root key is not the one that the database is sealed under",
  "root-key-malformed": (f) => `the root key cannot be used: ${f.problem}`,
  "root-key-same": () =>
    "the database is sealed under this very root key: name its file, or its shares, in the configuration, and nothing else has to be done",
  "administrators-missing": () =>
    "no administrator is configured: name at least one public key or certificate under admin.administrators, or nobody could register a policy",
  "administrator-key-unusable": (f) => `the public key of administrator '${f.name}' must be Ed25519 in PEM`,
  "client-roots-missing": (f) =>
    `administrator '${f.name}' has a certificate: name the authorities that issue it under admin.clientRoots`,
  "administrator-twice": (f) =>
    `administrator '${f.name}' has the name, the key or the certificate of another: each needs its own`,
  "environment-refused": (f) =>
    `the broker does not start in a TEE with ${f.names.join(", ")}: they let the host look inside; remove them, or measure them with the program`,
};

export class BrokerStartError<C extends BrokerStartErrorCode = BrokerStartErrorCode> extends CodedError<
  C,
  BrokerStartErrorFacts[C]
> {
  constructor(code: C, facts: BrokerStartErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "BrokerStartError";
  }
}
