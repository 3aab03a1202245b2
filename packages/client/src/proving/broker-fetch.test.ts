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

interface Where {
  readonly host: string;
  readonly port: number;
  readonly service: KeyBrokerService;
}

async function open(tls: boolean, at: Partial<Where> = {}): Promise<Listeners> {
  const { host = "127.0.0.1", port = 0, service = scripted } = at;
  const { certificate, privateKey } = await authority.issue({ usage: "server" });
  const credentials = { certificate, privateKey: new Secret(Buffer.from(privateKey)) };
  return openListeners(
    { host, tls: tls ? credentials : null, insecurePlaintext: false },
    [{ protocol: keyBrokerProtocol(service), port }],
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

test("of two behind one name, one that cannot begin a session is passed over, and other calls go to who began it", async () => {
  const asked: string[] = [];
  const auth: KeyBrokerService["auth"] = async () => {
    asked.push("first");
    throw new KeyBrokerError("unavailable", {});
  };
  const resource: KeyBrokerService["resource"] = async () => {
    asked.push("second");
    throw new KeyBrokerError("unavailable", {});
  };
  await using first = await open(true, { service: { ...scripted, auth } });
  const port = Number(new URL(first.urls["keyBroker"] ?? "").port);
  await using _second = await open(true, { host: "127.0.0.2", port, service: { ...scripted, resource } });
  const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
  const reached = { url: `https://localhost:${port}`, ca: authority.roots };
  const fetch = brokerFetch(reached, { lookup: (_name, _options, told) => told(null, addresses) });
  const broker = connectKeyBroker(new URL(reached.url), { fetch });
  assert.equal((await broker.auth({ tee: "tdx", extraParams: "" }, signal)).session, session);
  // It may have begun: nobody else is asked.
  const args = { session, token: null, repository: "a", type: "b", tag: "c" };
  await assert.rejects(broker.resource(args, signal), { code: "unavailable" });
  assert.deepEqual(asked, ["first", "second"]);
});
