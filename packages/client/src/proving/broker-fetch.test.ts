// Which key broker `serve` talks to: over TLS only one that the configured authorities vouch for.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { connectKeyBroker } from "@sealserve/client";
import { type TestAuthority, testAuthority } from "@sealserve/conformance/fixtures/certificate-authority";
import { KeyBrokerError, type KeyBrokerService, keyBrokerProtocol } from "@sealserve/protocols/key-broker";
import { type Listeners, openListeners, Secret, silentLogger } from "@sealserve/server";
import { systemClock } from "@sealserve/serving";
import { brokerFetch } from "./broker-fetch.node.ts";

let authority: TestAuthority;
let other: TestAuthority;
const signal = new AbortController().signal;

before(async () => {
  [authority, other] = await Promise.all([testAuthority(), testAuthority()]);
});

const session = "0123456789abcdef".repeat(2);
const refusing = () => Promise.reject(new KeyBrokerError("policy-refused", { decision: 7 }));
const scripted: KeyBrokerService = {
  auth: async () => ({ nonce: Buffer.alloc(32).toString("base64"), session }),
  attest: refusing,
  resource: refusing,
  unwrap: refusing,
  certificate: refusing,
};

async function open(tls: boolean): Promise<Listeners> {
  const { certificate, privateKey } = await authority.issue({ usage: "server" });
  const credentials = { certificate, privateKey: new Secret(Buffer.from(privateKey)) };
  return openListeners(
    { host: "127.0.0.1", tls: tls ? credentials : null, insecurePlaintext: false },
    [{ protocol: keyBrokerProtocol(scripted), port: 0 }],
    { clock: systemClock(), logger: silentLogger() },
  );
}

function connectTo({ urls }: Listeners, ca: string | null): KeyBrokerService {
  const url = urls["keyBroker"] ?? "";
  return connectKeyBroker(new URL(url), { fetch: brokerFetch({ url, ca }) });
}

test("one of the configured authorities is asked, with its cookie and its refusals as they are", async () => {
  await using listeners = await open(true);
  const broker = connectTo(listeners, authority.roots);
  assert.equal((await broker.auth({ tee: "tdx", extraParams: "" }, signal)).session, session);
  const args = { session, token: null, repository: "a", type: "b", tag: "c" };
  // The protocol tells every refusal with one status.
  await assert.rejects(broker.resource(args, signal), { code: "policy-refused", facts: { decision: 7 } });
});

test("one of another authority, or of none that the system knows, is unavailable", async () => {
  await using listeners = await open(true);
  for (const ca of [other.roots, null]) {
    const asked = connectTo(listeners, ca).auth({ tee: "tdx", extraParams: "" }, signal);
    await assert.rejects(asked, { code: "unavailable" });
  }
});

test("plaintext is plaintext", async () => {
  await using listeners = await open(false);
  assert.equal((await connectTo(listeners, null).auth({ tee: "tdx", extraParams: "" }, signal)).session, session);
});
