// A server whose certificate is renewed while it serves: attested clients that are there stay, new ones are given evidence of the new key.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { connect } from "node:tls";
import { type Issued, type TestAuthority, testAuthority } from "../fixtures/certificate-authority.ts";
import { identityModel } from "../fixtures/onnx-model.ts";
import { type RunningDev, startDev } from "./running-dev.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

let authority: TestAuthority;
let folder: TemporaryFolder;
let first: Issued;
let dev: RunningDev;

before(async () => {
  authority = await testAuthority();
  folder = await temporaryFolder();
  first = await authority.issue({ usage: "server" });
  const cert = await folder.write("tls.crt", first.certificate);
  const key = await folder.write("tls.key", first.privateKey);
  dev = await startDev(["--tls-cert", cert, "--tls-key", key]);
  await dev.folder.write("store/line.onnx", identityModel());
  await dev.settled("line");
});
after(async () => {
  await dev[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const serialOf = ({ certificate }: Issued): string => new X509Certificate(certificate).serialNumber;

/** What a new connection is shown, by a client that trusts the authority. */
async function shown(): Promise<string> {
  const { hostname: host, port } = new URL(dev.server.url("openInference", ""));
  const socket = connect({ host, port: Number(port), ca: authority.roots, minVersion: "TLSv1.3" });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerX509Certificate()?.serialNumber ?? "";
  } finally {
    socket.destroy();
  }
}

test("a half-written pair is passed over, a whole one is shown and attested, and who was connected stays", async () => {
  const ready = dev.server.url("openInference", "/v2/models/line/ready");
  await using kept = await dev.attested();
  assert.equal((await kept.fetch(ready)).status, 200);
  const next = await authority.issue({ usage: "server" });
  await folder.write("tls.crt", next.certificate);
  await until(async () => dev.server.log().includes("the TLS files cannot be used"));
  assert.equal(await shown(), serialOf(first));
  await folder.write("tls.key", next.privateKey);
  await until(async () => (await shown()) === serialOf(next));
  await using renewed = await dev.attested();
  assert.equal((await renewed.fetch(ready)).status, 200);
  assert.equal((await kept.fetch(ready)).status, 200);
});
