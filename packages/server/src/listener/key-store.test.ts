// A listener whose key and certificate come from a key store, as Java's servers have them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect } from "node:tls";
import { systemClock } from "@sealserve/serving";
import { silentLogger } from "../logger/logger.ts";
import { fakeProtocol, reply } from "../testing/fake-protocol.ts";
import { openListeners } from "./open-listeners.ts";
import { selfSigned } from "./self-signed.ts";

const folder = mkdtempSync(join(tmpdir(), "sealserve-key-store-"));
after(() => rmSync(folder, { recursive: true }));
const keystore = join(folder, "keys.p12");
const parts = { clock: systemClock(), logger: silentLogger() };
const protocol = fakeProtocol("a", { "GET /a": async () => reply("a") });

async function makeStore(): Promise<string> {
  const { certificate, privateKey } = await selfSigned({ host: "localhost", from: new Date() });
  const pem = join(folder, "both.pem");
  writeFileSync(pem, `${certificate}\n${Buffer.from(privateKey.reveal()).toString()}`);
  execFileSync("openssl", ["pkcs12", "-export", "-in", pem, "-out", keystore, "-passout", "pass:changeit"]);
  return certificate;
}

function open(password: string, file = keystore) {
  const tls = { keystore: file, password };
  return openListeners({ host: "127.0.0.1", tls, insecurePlaintext: false }, [{ protocol, port: 0 }], parts);
}

test("its certificate is shown, and its end is told; what cannot be read is refused", async (context) => {
  let ca: string;
  try {
    ca = await makeStore();
  } catch (error) {
    context.skip(`openssl makes no key store: ${error}`);
    return;
  }
  {
    await using listeners = await open("changeit");
    const port = Number(new URL(listeners.urls["a"] ?? "").port);
    const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca });
    await new Promise<void>((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
    assert.ok(socket.authorized);
    socket.destroy();
    assert.ok((listeners.certificateEnds()["a"]?.getTime() ?? 0) > Date.now());
  }
  await assert.rejects(open("wrong"), { code: "keystore-unusable" });
  writeFileSync(join(folder, "none.p12"), "none");
  await assert.rejects(open("changeit", join(folder, "none.p12")), { code: "keystore-unusable" });
  await assert.rejects(open("changeit", join(folder, "missing.p12")), { code: "credentials-unreadable" });
});
