// Whoever answers in a key broker's place: a backend takes nothing from it that is wrong, says why, and what is sealed stays sealed.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { createMeshKey } from "@sealserve/session";
import {
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  FlattenedEncrypt,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
} from "jose";
import { testAuthority } from "../fixtures/certificate-authority.ts";
import { type TestMeshAuthority, testMeshAuthority } from "../fixtures/mesh-authority.ts";
import { addModel } from "../fixtures/onnx-model.ts";
import { startTlsEndingProxy, type TlsEndingProxy } from "../fixtures/tls-ending-proxy.ts";
import { onFreePorts, type RunningProcess, startProcess } from "./running-processes.ts";
import { runSealserve } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

let folder: TemporaryFolder;
let broker: RunningProcess;
/** It has a broker behind it, the true one if no test says otherwise, and changes what it likes of its answers. */
let falseBroker: TlsEndingProxy;
let behind: string;

const notItsToken =
  /its evidence is refused: no mesh certificate could be obtained: the token is missing, expired or not one of this broker's/;

before(async () => {
  folder = await temporaryFolder();
  broker = startProcess(["dev", "key-broker", ...hardware(), "--allow", "add", ...onFreePorts.keyBroker]);
  const { recipient } = await broker.ready;
  falseBroker = await startTlsEndingProxy(() => behind);
  const [plain, out] = [await folder.write("add.onnx", addModel()), join(folder.path, "store/add.onnx.age")];
  await folder.write("store/.keep", "");
  const sealed = await runSealserve(["seal", plain, "--to", String(recipient), "--out", out]);
  assert.equal(sealed.code, 0, sealed.stderr);
  await folder.write("false-broker.pem", falseBroker.certificate);
});

after(async () => {
  await falseBroker?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

beforeEach(async () => {
  falseBroker.tampering = {};
  behind = (await broker.ready).listeners["broker"] ?? "";
});

function hardware(): readonly string[] {
  return ["--hardware", join(folder.path, "hardware")];
}

async function startBackend(ca = "false-broker.pem"): Promise<RunningProcess> {
  const keyBroker = { url: falseBroker.url, ca: join(folder.path, ca), tenant: "dev" };
  const config = { identity: { keyBroker }, modelStore: join(folder.path, "store"), drainDelay: 0 };
  const file = await folder.write("backend.json", JSON.stringify(config));
  return startProcess(["dev", "backend", ...hardware(), "--config", file, ...onFreePorts.backend]);
}

/** What is asked and told, read as JSON. */
type Document = Readonly<Record<string, unknown>>;

/** From now on the false broker answers so at `path`, given what was asked there and what the true broker tells. */
function lie(path: string, make: (asked: Document, told: Document) => Document | Promise<Document>): void {
  const { answer: before } = falseBroker.tampering;
  falseBroker.tampering.answer = async (passing) => {
    if (passing.path !== path) return before?.(passing) ?? passing;
    const read = (bytes: Buffer): Document => JSON.parse(bytes.toString());
    return {
      status: 200,
      answer: Buffer.from(JSON.stringify(await make(read(passing.question), read(passing.answer)))),
    };
  };
}

/** It ends, has listened nowhere, and says why. */
async function assertDoesNotStart(reason: RegExp): Promise<void> {
  await using backend = await startBackend();
  assert.equal(await backend.ended(), 1);
  assert.match(backend.log(), reason);
  assert.doesNotMatch(backend.log(), /"listening"|"stage":"key"/);
}

/** It was accepted, the sealed model does not open, and its state says why. */
async function assertOpensNothing(reason: RegExp): Promise<void> {
  await using backend = await startBackend();
  const { models } = await backend.ready;
  assert.match(JSON.stringify(models), reason);
  assert.doesNotMatch(backend.log(), /root-matched/);
}

/** Released to the key that the newest evidence names, as the true broker does. */
function releasing(content: Uint8Array): void {
  let key: JWK = {};
  lie("/kbs/v0/attest", (asked, told) => {
    key = Object(asked["runtime-data"])["tee-pubkey"];
    return told;
  });
  lie("/v1/unwrap", async () => jweTo(content, key));
}

async function jweTo(content: Uint8Array, key: JWK): Promise<Document> {
  const {
    encrypted_key = "",
    iv = "",
    tag = "",
    ...rest
  } = await new FlattenedEncrypt(content)
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM" })
    .encrypt(await importJWK({ ...key }, "ECDH-ES+A256KW"));
  return { protected: rest.protected, encrypted_key, iv, ciphertext: rest.ciphertext, tag };
}

test("one that passes on what the true one says changes nothing", async () => {
  await using backend = await startBackend();
  assert.match(JSON.stringify((await backend.ready)["models"]), /"state":"available"/);
});

test("another TLS key: it is asked for nothing", async () => {
  await folder.write("true-broker.pem", (await testAuthority()).roots);
  const asked = falseBroker.passed.length;
  await using backend = await startBackend("true-broker.pem");
  const told = /nobody can judge this process yet/;
  await until(async () => told.test(backend.log()));
  assert.match(backend.log(), /self-signed certificate/);
  assert.doesNotMatch(backend.log(), /"listening"/);
  assert.equal(falseBroker.passed.length, asked);
});

test("a token of another signing key: the true broker does not take it", async () => {
  const { privateKey } = await generateKeyPair("ES256");
  lie("/kbs/v0/attest", async (_, { token }) => {
    const header = { ...decodeProtectedHeader(String(token)), alg: "ES256" };
    return { token: await new SignJWT(decodeJwt(String(token))).setProtectedHeader(header).sign(privateKey) };
  });
  await assertDoesNotStart(notItsToken);
});

test("a token that is none", async () => {
  lie("/kbs/v0/attest", () => ({ token: "none" }));
  await assertDoesNotStart(notItsToken);
});

test("a certificate for somebody else's key", async () => {
  const authority = await testMeshAuthority();
  const { certificateRequest } = await createMeshKey();
  lie("/v1/certificate", () => certified(authority, certificateRequest));
  await assertDoesNotStart(/no mesh certificate could be obtained: the certificate is of another key/);
});

test("a certificate of another signing key: the frontends of the true mesh send nothing to such a backend", async () => {
  const authority = await testMeshAuthority();
  lie("/v1/certificate", ({ csr }) => certified(authority, String(csr)));
  await using backend = await startBackend();
  const { listeners } = await backend.ready;
  const identity = { keyBroker: { url: (await broker.ready).listeners["broker"], tenant: "dev" } };
  const config = { identity, backends: { addresses: [listeners["backend"]] }, drainDelay: 0 };
  const file = await folder.write("frontend.json", JSON.stringify(config));
  await using frontend = startProcess(["dev", "frontend", ...hardware(), "--config", file, ...onFreePorts.frontend]);
  const operations = await frontend.listening("frontend.operations");
  await until(async () => /unable to verify|self-signed|signature/.test(frontend.log()));
  assert.equal((await fetch(`${operations}/readyz`)).status, 503);
});

test("another broker, that accepts whatever is measured but has other keys", async () => {
  const [root, other] = ["simulated-tdx-root.json", join(folder.path, "other")];
  await folder.write(`other/${root}`, await readFile(join(folder.path, "hardware", root)));
  await using another = startProcess([
    "dev",
    "key-broker",
    "--hardware",
    other,
    "--allow",
    "add",
    ...onFreePorts.keyBroker,
  ]);
  behind = (await another.ready).listeners["broker"] ?? "";
  await assertOpensNothing(/none of the given identities opens this file/);
});

test("the key of another file", async () => {
  releasing(crypto.getRandomValues(new Uint8Array(16)));
  await assertOpensNothing(/a key broker gave the key of another file/);
});

test("a key of another length", async () => {
  releasing(new Uint8Array(32));
  await assertOpensNothing(/what a key broker gave for it, does not have 16 bytes/);
});

test("a key that is encrypted to somebody else", async () => {
  const { publicKey } = await generateKeyPair("ECDH-ES+A256KW", { extractable: true });
  const key = await exportJWK(publicKey);
  lie("/v1/unwrap", () => jweTo(new Uint8Array(16), key));
  await assertOpensNothing(/what the key broker released cannot be opened with the key of this process/);
});

function certified(authority: TestMeshAuthority, csr: string) {
  const hour = 3_600_000;
  const id = "spiffe://dev.sealserve.invalid/backend/dev/server/0123456789abcdef";
  return authority.certify(csr, id, new Date(Date.now() - hour), new Date(Date.now() + hour));
}
