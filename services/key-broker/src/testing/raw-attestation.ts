// Attestation request by request, as a hostile or careless client would send it.
import { toReportData } from "@sealserve/attestation";
import type { TdxMeasurements } from "@sealserve/mock-tee";
import { kbsReportData, type RuntimeData, toEvidenceDocument, writeExtraParams } from "@sealserve/protocols/key-broker";
import { createTeeKey, type TeeKey } from "@sealserve/session";
import { type BrokerFixture, model, tenant, trusted } from "./broker-fixture.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Null where it is no JSON. */
  readonly body: Readonly<Record<string, unknown>> | null;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: object | string;
}

export async function request(url: string | null, path: string, options: RequestOptions = {}): Promise<Answer> {
  const { method = options.body === undefined ? "GET" : "POST", headers = {}, body } = options;
  const sent = typeof body === "object" ? JSON.stringify(body) : body;
  const response = await fetch(`${url}${path}`, { method, headers, ...(sent === undefined ? {} : { body: sent }) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

function parsed(text: string): Answer["body"] {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export interface Begun {
  readonly nonce: string;
  readonly cookie: string;
}

export async function auth(
  { broker }: BrokerFixture,
  scope: { readonly tenant: string; readonly model: string } | null = { tenant, model },
): Promise<Begun> {
  const body = { version: "0.4.0", tee: "tdx", "extra-params": scope ? writeExtraParams(scope) : "" };
  const answer = await request(broker.urls.broker, "/kbs/v0/auth", { body });
  const [cookie = ""] = (answer.headers.get("set-cookie") ?? "").split(";");
  return { nonce: String(answer.body?.["nonce"]), cookie };
}

export interface AttestOptions {
  /** What the evidence is bound to, where that is another nonce than the one that is told. */
  readonly boundNonce?: string;
  readonly measurements?: TdxMeasurements;
  readonly key?: TeeKey;
  /** Changes the body that is sent. */
  readonly change?: (body: Record<string, unknown>) => object;
}

export async function attest(
  fixture: BrokerFixture,
  { nonce, cookie }: Begun,
  options: AttestOptions = {},
): Promise<Answer> {
  const key = options.key ?? (await createTeeKey());
  const runtimeData: RuntimeData = { nonce, "tee-pubkey": key.publicJwk };
  const bound = { ...runtimeData, nonce: options.boundNonce ?? nonce };
  const reportData = toReportData(await kbsReportData(bound));
  const evidence = await fixture.intel.attester(options.measurements ?? trusted).evidence(reportData);
  const body = { "runtime-data": runtimeData, "tee-evidence": { primary_evidence: toEvidenceDocument(evidence) } };
  const { change = (same) => same } = options;
  return request(fixture.broker.urls.broker, "/kbs/v0/attest", { headers: { cookie }, body: change(body) });
}

/** A token for the fixture's tenant and model, and the key that it belongs to. */
export async function attested(
  fixture: BrokerFixture,
): Promise<{ readonly token: string; readonly key: TeeKey; readonly cookie: string }> {
  const key = await createTeeKey();
  const begun = await auth(fixture);
  const answer = await attest(fixture, begun, { key });
  return { token: String(answer.body?.["token"]), key, cookie: begun.cookie };
}
