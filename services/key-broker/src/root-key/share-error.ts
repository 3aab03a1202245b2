// Why shares of a root key do not give it: what is wrong with them as a set, never what they hold.
import { CodedError } from "@sealserve/primitives";

export interface ShareErrorFacts {
  /** `share`: its place among those given, from 1. */
  "share-malformed": { readonly share: number; readonly problem: string };
  "share-duplicate": { readonly index: number };
  "shares-mixed": { readonly what: "sets" | "epochs" };
  "shares-too-few": { readonly given: number; readonly threshold: number };
  /** Together they do not give the key that their commitment names: at least one is forged. */
  "share-wrong": Readonly<Record<never, never>>;
  /** The database has been sealed under a later epoch's key. */
  "epoch-old": { readonly found: number; readonly current: number };
}

export type ShareErrorCode = keyof ShareErrorFacts;

const sentences: { readonly [C in ShareErrorCode]: (facts: ShareErrorFacts[C]) => string } = {
  "share-malformed": (f) => `share ${f.share} cannot be read: ${f.problem}`,
  "share-duplicate": (f) => `share ${f.index} was given twice: each counts once`,
  "shares-mixed": (f) => `the shares are of different ${f.what}`,
  "shares-too-few": (f) => `${f.given} of ${f.threshold} shares were given`,
  "share-wrong": () => "the shares do not fit together: at least one is wrong",
  "epoch-old": (f) => `the shares are of epoch ${f.found}, but the root key is in epoch ${f.current}`,
};

export class ShareError<C extends ShareErrorCode = ShareErrorCode> extends CodedError<C, ShareErrorFacts[C]> {
  constructor(code: C, facts: ShareErrorFacts[C]) {
    super(code, sentences[code](facts), facts);
    this.name = "ShareError";
  }
}
