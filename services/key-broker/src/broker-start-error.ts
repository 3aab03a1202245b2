// Why a key broker cannot start; each with what to do.
import { CodedError } from "@sealserve/primitives";

export interface BrokerStartErrorFacts {
  "database-unusable": { readonly kind: string };
  /** The database is sealed under another root key. */
  "root-key-wrong": Readonly<Record<never, never>>;
  "root-key-malformed": { readonly problem: string };
  "administrators-missing": Readonly<Record<never, never>>;
  "administrator-key-unusable": { readonly name: string };
  /** Two entries have one name, or one key. */
  "administrator-twice": { readonly name: string };
}

export type BrokerStartErrorCode = keyof BrokerStartErrorFacts;

const sentences: { readonly [C in BrokerStartErrorCode]: (facts: BrokerStartErrorFacts[C]) => string } = {
  "database-unusable": (f) => `the ${f.kind} database cannot be used: check its location, its rights and that it runs`,
  "root-key-wrong": () => "this root key is not the one that the database is sealed under",
  "root-key-malformed": (f) => `the root key cannot be used: ${f.problem}`,
  "administrators-missing": () =>
    "no administrator is configured: name at least one public key under admin.administrators, or nobody could register a policy",
  "administrator-key-unusable": (f) => `the public key of administrator '${f.name}' must be Ed25519 in PEM`,
  "administrator-twice": (f) => `administrator '${f.name}' has the name or the key of another: each needs its own`,
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
