// Which configurations of a frontend's process are refused: those in which somebody whom nobody has judged would read requests.
import assert from "node:assert/strict";
import { test } from "node:test";
import { frontendProcessConfig } from "./process-config.ts";

const identity = { keyBroker: { url: "https://broker.example", tenant: "acme" } };
const files = { certificate: "c.pem", key: "k.pem", roots: "r.pem", trustDomain: "mesh.example" };
const near = { addresses: ["http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost:9000"] };
const far = { addresses: ["https://10.0.0.7:9000", "srv+https://_mesh._tcp.models.example"] };

/** Where the first fault is; null: there is none. */
function faultOf(config: object): string | null {
  const { error } = frontendProcessConfig.safeParse(config);
  return error?.issues[0]?.path.join(".") ?? null;
}

test("mutual TLS by the key broker or by files, and plaintext on this machine", () => {
  assert.equal(faultOf({ identity, backends: far }), null);
  assert.equal(faultOf({ mesh: files, backends: far }), null);
  assert.equal(faultOf({ mesh: null, backends: near }), null);
});

test("plaintext leaves this machine only where the configuration says that it is not secure", () => {
  for (const address of [
    "http://10.0.0.7:9000",
    "http://models.example",
    "dns+http://localhost:9000",
    "srv+http://_mesh._tcp.models.example",
  ]) {
    const backends = { addresses: [...near.addresses, address] };
    assert.equal(faultOf({ mesh: null, backends }), "backends.addresses", address);
    assert.equal(faultOf({ mesh: null, backends: { ...backends, insecurePlaintext: true } }), null, address);
  }
});

test("a frontend that gives evidence sends requests to processes that were judged", () => {
  assert.equal(faultOf({ identity, mesh: null, backends: near }), "mesh");
  assert.equal(faultOf({ identity, mesh: files, backends: far }), "mesh");
  assert.equal(faultOf({ backends: far }), "mesh");
});
