// Starts that cannot succeed: each fails at once, with an exit code and a sentence that says what to do.
import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { createServer } from "node:net";
import { after, before, describe, it } from "node:test";
import { encodeOnnxModel } from "../fixtures/onnx-graph.ts";
import { identityModel } from "../fixtures/onnx-model.ts";
import { freePorts } from "../fixtures/spawned-command.ts";
import { archiveBytes } from "./archives.ts";
import { runSealserve } from "./running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

const handler = "export const handle = (rows: readonly unknown[]) => rows;";

let folder: TemporaryFolder;
before(async () => {
  folder = await temporaryFolder();
  await folder.write("store/line.onnx", identityModel());
});
after(() => folder[Symbol.asyncDispose]());

const serve = (...args: readonly string[]) => runSealserve(["serve", ...freePorts, ...args]);
const store = (): readonly string[] => ["--model-store", `${folder.path}/store`];

/** Nothing on stdout; on stderr one line that is no log entry, and it has all these words. */
async function assertFails(
  args: readonly string[],
  code: number,
  ...words: readonly (string | RegExp)[]
): Promise<void> {
  const result = await serve(...args);
  assert.equal(result.code, code, result.stderr);
  assert.equal(result.stdout, "");
  const sentences = result.stderr.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
  assert.equal(sentences.length, 1, result.stderr);
  for (const word of words) assert.match(sentences[0] ?? "", new RegExp(word));
}

describe("a start fails at once:", { concurrency: 3 }, () => {
  it("a port in use, before any model has loaded", async () => {
    await using taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const address = taken.address();
    const port = typeof address === "object" ? address?.port : 0;
    const slow = "export async function initialize() {}; export class H { initialize() { for (;;); } handle() {} }";
    await folder.write("slow/slow.mar", archiveBytes({ name: "slow", handler: slow }));
    const args = ["--model-store", `${folder.path}/slow`, "--set", `protocols.openInference.http=${port}`];
    await assertFails(args, 1, "openInference.http", `${port}`, "in use", "another port");
  });

  it("a store that is not there, is a file, or may not be read", async () => {
    await assertFails(["--model-store", `${folder.path}/none`], 1, "none", "does not exist", "create it");
    const file = await folder.write("file", "x");
    await assertFails(["--model-store", file], 1, "is a file", "--model-store");
  });

  it("a store that may not be read", { skip: process.getuid?.() === 0 && "root may read everything" }, async () => {
    await folder.write("locked/line.onnx", identityModel());
    await chmod(`${folder.path}/locked`, 0o000);
    await assertFails(["--model-store", `${folder.path}/locked`], 1, "may not be read", "allow");
    await chmod(`${folder.path}/locked`, 0o700);
  });

  it("two models with one name, in any two layouts", async () => {
    await folder.write("two/line.onnx", identityModel());
    await folder.write("two/line/1/model.onnx", encodeOnnxModel({ inputs: [], outputs: [], nodes: [] }));
    await assertFails(["--model-store", `${folder.path}/two`], 1, "'line'", "line.onnx", "rename or remove");
    await folder.write("archives/a.mar", archiveBytes({ name: "same", handler }));
    await folder.write("archives/b.mar", archiveBytes({ name: "same", handler }));
    await assertFails(["--model-store", `${folder.path}/archives`], 1, "'same'", "a.mar", "b.mar", "rename or remove");
  });

  it("a configuration with faults: all told at once, with key, place, what was found and what is allowed", async () => {
    const file = await folder.write(
      "faults.yaml",
      [
        "host: 127.0.0.1",
        "protocls: {}",
        "pollInterval: soon",
        "models:",
        "  line: { instances: -1, isolaton: thread }",
      ].join("\n"),
    );
    const args = ["serve", "--config", file, "--set", "protocols.openInference.http=eighty"];
    const { code, stdout, stderr } = await runSealserve(args, { env: { SEALSERVE_MAX_BODY_SIZE: "lots" } });
    assert.equal(code, 2);
    assert.equal(stdout, "");
    for (const fault of [
      /6 faults|7 faults/,
      /protocls .*faults\.yaml.*not known.*protocols/,
      /pollInterval .*"soon".*duration/,
      /models\.line\.instances .*-1.*at least 0/,
      /models\.line\.isolaton .*not known.*models\.line\.isolation/,
      /protocols\.openInference\.http .*"eighty".*port from 1 to 65535/,
      /maxBodySize .*SEALSERVE_MAX_BODY_SIZE.*"lots".*size/,
      /modelStore is missing/,
    ])
      assert.match(stderr, fault);
  });

  it("a configuration that is no YAML, has a key twice, or is not there", async () => {
    const texts = ["host: [", "host: a\nhost: b\n", "just text"];
    await Promise.all(
      texts.map(async (text, i) => {
        const file = await folder.write(`bad${i}.yaml`, text);
        const { code, stderr } = await serve(...store(), "--config", file);
        assert.equal(code, 2, text);
        assert.match(stderr, new RegExp(`bad${i}\\.yaml`));
      }),
    );
    const { code, stderr } = await serve(...store(), "--config", `${folder.path}/none.yaml`);
    assert.equal(code, 2);
    assert.match(stderr, /none\.yaml cannot be read/);
  });

  it("a host outside loopback without TLS", async () => {
    await assertFails([...store(), "--host", "0.0.0.0"], 1, "unencrypted", "--tls", "--insecure-plaintext");
    await assertFails([...store(), "--host", "::"], 1, "unencrypted");
  });

  it("a host that is not this machine's", async () => {
    await assertFails([...store(), "--host", "192.0.2.1", "--insecure-plaintext"], 1, "192.0.2.1", "not an address");
  });

  it("TLS files that are missing, no PEM, or only half given", async () => {
    const bad = await folder.write("bad.pem", "no certificate");
    await assertFails(
      [...store(), "--tls-cert", `${folder.path}/no.pem`, "--tls-key", bad],
      1,
      "no.pem",
      "cannot be read",
    );
    await assertFails([...store(), "--tls-cert", bad, "--tls-key", bad], 1, "cannot be used", "PEM");
    const { code, stderr } = await serve(...store(), "--tls-cert", bad);
    assert.equal(code, 2);
    assert.match(stderr, /tls\.key is missing/);
  });
});
