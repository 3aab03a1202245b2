// What a process does with a key broker: prove what it is once, then ask for file keys, resources and a certificate.
import { type Evidence, type ReportData, type TeeKind, toReportData } from "@sealserve/attestation";
import { toBase64Url } from "@sealserve/protocols/attestation";
import {
  type AuthResult,
  type CertificateResult,
  type FlattenedJwe,
  isKeyBrokerError,
  type KeyBrokerService,
  kbsReportData,
  type MeshRole,
  type RuntimeData,
  type StanzaDocument,
  writeExtraParams,
} from "@sealserve/protocols/key-broker";
import { type MeshKey, SessionError, type TeeKey } from "@sealserve/session";

export interface BrokerSessionOptions {
  /** The kind of evidence that the attester makes. */
  readonly tee: TeeKind;
  /** Whose policy for which model decides. */
  readonly tenant: string;
  readonly model: string;
  /** What the broker is told before it judges; left out: tenant and model. Empty for brokers that know neither, such as Trustee's. */
  readonly extraParams?: string;
}

export interface BrokerSessionParts {
  readonly broker: KeyBrokerService;
  readonly attester: { evidence(reportData: ReportData): Promise<Evidence> };
  /** What is released is encrypted to it. */
  readonly key: TeeKey;
  /** Only for who asks certificates: evidence names this key too. */
  readonly meshKey?: MeshKey;
}

/** Every method throws `KeyBrokerError`, `released-unreadable`, and what the attester throws. */
export interface BrokerSession {
  /** Proves what this process is; nothing is released. */
  attest(signal?: AbortSignal): Promise<void>;
  /** The key of a sealed file (an Identity of the sealing package); null where no stanza is for a key of this model. */
  unwrap(stanzas: readonly StanzaDocument[], signal?: AbortSignal): Promise<Uint8Array | null>;
  /** A resource by its tag; `repository` and `type` are the tenant and the model. */
  resource(tag: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** A certificate over the mesh key. Throws `certificate-unavailable` without one. */
  certificate(role: MeshRole, signal?: AbortSignal): Promise<CertificateResult>;
}

/** Nothing is sent until something is asked. One token serves all calls until the broker refuses it; then evidence is made anew, once. */
export function brokerSession(options: BrokerSessionOptions, parts: BrokerSessionParts): BrokerSession {
  const { tee, tenant, model, extraParams = writeExtraParams({ tenant, model }) } = options;
  const { broker, attester, key, meshKey } = parts;
  const never = new AbortController().signal;
  let token: Promise<string> | null = null;

  async function attest(signal: AbortSignal): Promise<string> {
    const begun = await broker.auth({ tee, extraParams }, signal);
    try {
      return await prove(begun, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isOfOneBroker(error)) throw error;
      // One of several brokers could not judge, or another one was given the evidence than had begun: by now the next one is asked.
      return prove(await broker.auth({ tee, extraParams }, signal), signal);
    }
  }

  async function prove({ nonce, session }: AuthResult, signal: AbortSignal): Promise<string> {
    const runtimeData: RuntimeData = {
      nonce,
      "tee-pubkey": key.publicJwk,
      ...(meshKey ? { "csr-key": toBase64Url(meshKey.spkiSha256) } : {}),
    };
    const evidence = await attester.evidence(toReportData(await kbsReportData(runtimeData)));
    return (await broker.attest({ session, runtimeData, evidence }, signal)).token;
  }

  /** Calls that come while evidence is being made wait for the same token. */
  function currentToken(signal: AbortSignal): Promise<string> {
    if (token) return token;
    const made = attest(signal);
    token = made;
    made.catch(() => forget(made));
    return made;
  }

  function forget(refused: Promise<string>): void {
    if (token === refused) token = null;
  }

  async function withToken<R>(signal: AbortSignal, act: (token: string) => Promise<R>): Promise<R> {
    const used = currentToken(signal);
    try {
      return await act(await used);
    } catch (error) {
      // What may have been begun, and counted, is not asked for twice.
      if (isKeyBrokerError(error) && error.code === "unavailable" && error.facts.untouched) return act(await used);
      if (!isKeyBrokerError(error) || error.code !== "token-refused") throw error;
      forget(used);
      return act(await currentToken(signal));
    }
  }

  const open = (jwe: FlattenedJwe): Promise<Uint8Array> => key.open({ ...jwe });

  return {
    attest: (signal = never) => withToken(signal, async () => {}),
    async unwrap(stanzas, signal = never) {
      try {
        return await open(
          await withToken(signal, (given) => broker.unwrap({ token: given, tenant, model, stanzas }, signal)),
        );
      } catch (error) {
        if (isKeyBrokerError(error) && error.code === "unknown-key") return null;
        throw error;
      }
    },
    async resource(tag, signal = never) {
      const args = { session: null, repository: tenant, type: model, tag };
      return open(await withToken(signal, (given) => broker.resource({ ...args, token: given }, signal)));
    },
    async certificate(role, signal = never) {
      if (!meshKey) throw new SessionError("certificate-unavailable", { reason: "there is no key to certify" });
      const csr = meshKey.certificateRequest;
      return withToken(signal, (given) => broker.certificate({ token: given, tenant, model, role, csr }, signal));
    },
  };
}

/** What another broker on the same database may do all the same; evidence that is judged twice releases nothing. */
function isOfOneBroker(error: unknown): boolean {
  if (!isKeyBrokerError(error)) return false;
  return error.code === "session-refused" || (error.code === "unavailable" && error.facts.reason === undefined);
}
