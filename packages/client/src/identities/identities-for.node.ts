// Who opens sealed models: a key broker that this process proves itself to, a key file, or a passphrase.
import type { Evidence, ReportData, TeeKind } from "@sealserve/attestation";
import type { KeyBrokerService } from "@sealserve/protocols/key-broker";
import { type Identity, parseKeyFile, passphraseIdentity } from "@sealserve/sealing";
import type { TeeKey } from "@sealserve/session";
import { brokerSession } from "../key-broker/broker-session.ts";

/** Who opens the files of a model. Nothing is asked of it before it unwraps. */
export type IdentitiesFor = (model: string, signal: AbortSignal) => readonly Identity[];

/** Bytes that nobody else keeps. */
export interface ReadSecret extends Disposable {
  reveal(): Uint8Array;
}

export interface BrokerIdentityOptions {
  readonly tee: TeeKind;
  readonly tenant: string;
}

export interface BrokerIdentityParts {
  readonly broker: KeyBrokerService;
  readonly attester: { evidence(reportData: ReportData): Promise<Evidence> };
  readonly key: TeeKey;
}

/** Attests for each model on its own, since each has a policy of its own; once, until the broker asks for evidence anew. */
export function brokerIdentities(options: BrokerIdentityOptions, parts: BrokerIdentityParts): IdentitiesFor {
  const sessions = new Map<string, ReturnType<typeof brokerSession>>();
  return (model, signal): readonly Identity[] => {
    const session = sessions.get(model) ?? brokerSession({ ...options, model }, parts);
    sessions.set(model, session);
    return [{ unwrap: (stanzas) => session.unwrap(stanzas, signal) }];
  };
}

/** A key file that a broker released. Wipes what it was given. Throws `SealingError` `identity-malformed` or `identities-missing`. */
export function releasedIdentities(content: Uint8Array): readonly Identity[] {
  try {
    return parseKeyFile(new TextDecoder().decode(content));
  } finally {
    content.fill(0);
  }
}

/** Wipes what it was given. Throws `SealingError` `identity-malformed` or `identities-missing`. */
export function keyFileIdentities(keyFile: ReadSecret): IdentitiesFor {
  using _wiped = keyFile;
  const identities = parseKeyFile(textOf(keyFile));
  return () => identities;
}

/** Wipes what it was given. */
export function passphraseIdentities(passphraseFile: ReadSecret): IdentitiesFor {
  using _wiped = passphraseFile;
  const identities = [passphraseIdentity(textOf(passphraseFile).replace(/\r?\n$/, ""))];
  return () => identities;
}

function textOf(secret: ReadSecret): string {
  return new TextDecoder().decode(secret.reveal());
}
