// deploy/images/build.sh with an engine that only writes down what it is asked: pins, secrets, and the last lines, whose command works.
import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  generateAuthorKey,
  signedSigstruct,
} from "../../packages/attestation/src/sigstruct/testing/signed-sigstruct.ts";
import { onFreePorts, type RunningProcess, startProcess } from "../e2e/running-processes.ts";
import { runSealserve } from "../e2e/running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "../e2e/temporary-folder.ts";

const root = join(import.meta.dirname, "../..");
const pinned = `registry.example/node@sha256:${"ab".repeat(32)}`;
const mrEnclave = randomBytes(32);

let folder: TemporaryFolder;
let broker: RunningProcess | undefined;
before(async () => {
  folder = await temporaryFolder();
  // The image that the engine "builds" holds an enclave that somebody has really signed.
  const fields = { isvProdId: 1, isvSvn: 16, flags: 0x04, flagsMask: 0xff, date: 0x20260615 };
  const signature = signedSigstruct(generateAuthorKey(), { ...fields, mrEnclave });
  mkdirSync(join(folder.path, "image/enclave"), { recursive: true });
  writeFileSync(join(folder.path, "image/enclave/backend.sig"), signature);
  const engine = await folder.write(
    "engine",
    `#!/bin/sh
echo "$*" >>"${folder.path}/asked"
case $1 in
  build) for last; do :; done; ls -R "$last/custom" >>"${folder.path}/copied" 2>/dev/null || true ;;
  inspect) echo sha256:${"cd".repeat(32)} ;;
  from) echo container ;;
  mount) echo "${folder.path}/image" ;;
esac
`,
  );
  chmodSync(engine, 0o755);
});
after(async () => {
  await broker?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function build(...args: readonly string[]): SpawnSyncReturns<string> {
  writeFileSync(join(folder.path, "asked"), "");
  const env = {
    PATH: process.env["PATH"] ?? "",
    ENGINE: "buildah",
    BUILDAH: join(folder.path, "engine"),
    SOURCE_DATE_EPOCH: "1790000000",
  };
  return spawnSync(join(root, "deploy/images/build.sh"), args, { cwd: folder.path, encoding: "utf8", env });
}

const asked = (): string => readFileSync(join(folder.path, "asked"), "utf8");

test("a base is built from an image by digest, and from no tag", () => {
  for (const image of ["node:24", `node@sha256:${"ab".repeat(8)}`, ""]) {
    const { status, stderr } = build("base", "--node-image", image);
    assert.equal(status, 1);
    assert.match(stderr, /by digest/);
    assert.equal(asked(), "");
  }
  const { status, stdout, stderr } = build("base", "--node-image", pinned, "--gramine-image", pinned);
  assert.equal(status, 0, stderr);
  assert.match(asked(), new RegExp(`--timestamp 1790000000 .*--build-arg NODE_IMAGE=${pinned}`));
  assert.match(stdout, /^localhost\/sealserve-base:\S+@sha256:[0-9a-f]{64}$/m);
  assert.match(stdout, /^localhost\/sealserve-gramine-base:\S+@sha256:[0-9a-f]{64}$/m);
});

test("an image that there is not is refused by name, and with the reason where there cannot be one", () => {
  for (const [process, words] of [
    ["key-broker", /no sgx image of 'key-broker': the host would know its root key; build it for tdx or snp/],
    ["sidecar", /no sgx image of 'sidecar': it starts another program/],
    ["cli", /no sgx image of 'cli': see deploy\/images\/gramine/],
  ] as const) {
    const { status, stderr } = build("custom", "--process", process, "--flavour", "sgx");
    assert.equal(status, 1);
    assert.match(stderr, words);
  }
  const enclave = build("custom", "--process", "backend", "--flavour", "sgx-python");
  assert.match(enclave.stderr, /no sgx image with Python: an enclave starts no other program/);
  const frontend = build("custom", "--process", "frontend", "--flavour", "native-python");
  assert.match(frontend.stderr, /no image of 'frontend' with Python: handlers run in a backend/);
  assert.deepEqual([enclave.status, frontend.status, asked()], [1, 1, ""]);
  assert.equal(build("custom", "--process", "backend", "--flavour", "tee").status, 2);
  assert.equal(build("everything").status, 2);
});

test("each flavour has its tag, and TDX and SEV-SNP share their Dockerfile", () => {
  for (const [flavour, where] of [
    ["native", "native"],
    ["tdx", "confidential-vm"],
    ["snp", "confidential-vm"],
  ] as const) {
    const { status, stdout, stderr } = build("custom", "--process", "frontend", "--flavour", flavour);
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`^localhost/sealserve-frontend:[0-9.]+-${flavour}@sha256:`));
    assert.match(asked(), new RegExp(`images/${where}/frontend\\.Dockerfile`));
  }
});

test("Python is a base of its own, and lies over the image of a flavour that runs handlers", async () => {
  assert.match(build("python", "--node-image", "node:24").stderr, /by digest/);
  const wheels = join(folder.path, "wheels");
  mkdirSync(wheels, { recursive: true });
  assert.match(build("python", "--node-image", pinned, "--wheels", wheels).stderr, /where no wheel is/);
  await folder.write("wheels/one-1.0-py3-none-any.whl", "a wheel");
  const pipConfig = await folder.write("pip.conf", "a password that must not leave this file");
  const base = build("python", "--node-image", pinned, "--wheels", wheels, "--pip-config", pipConfig);
  assert.equal(base.status, 0, base.stderr);
  assert.match(base.stdout, /^localhost\/sealserve-python-base:\S+@sha256:[0-9a-f]{64}\n$/);
  assert.match(asked(), new RegExp(`--build-arg NODE_IMAGE=${pinned} .*--secret id=pipconf,src=${pipConfig}`));
  assert.ok(!asked().includes("must not leave"));
  for (const [process, flavour, where] of [
    ["backend", "tdx-python", "confidential-vm"],
    ["cli", "native-python", "native"],
  ] as const) {
    const { status, stdout, stderr } = build("custom", "--process", process, "--flavour", flavour);
    assert.equal(status, 0, stderr);
    const plain = flavour.replace("-python", "");
    const names = stdout.split("\n").map((line) => line.replace(/^\S+:[0-9.]+-|@.*/g, ""));
    assert.deepEqual(names, [plain, flavour, ""]);
    const [first = "", second = ""] = asked().match(/^build .*$/gm) ?? [];
    assert.match(first, new RegExp(`${where}/${process}\\.Dockerfile`));
    assert.match(second, new RegExp(`--build-arg FLAVOUR_IMAGE=\\S+-${plain} .*python/image\\.Dockerfile`));
  }
});

test("an enclave needs the owner's key and a measured configuration", async () => {
  const key = await folder.write("enclave-key.pem", "a key that must not leave this file");
  assert.match(
    build("custom", "--process", "backend", "--flavour", "sgx").stderr,
    /openssl genrsa -3 -out enclave-key\.pem 3072/,
  );
  assert.match(
    build("custom", "--process", "backend", "--flavour", "sgx", "--key", key).stderr,
    /the configuration is measured/,
  );
});

test("the last lines are the measurements and a command that registers them", async () => {
  const key = await folder.write("enclave-key.pem", "a key that must not leave this file");
  await folder.write("custom/etc/sealserve/config.yaml", "modelStore: /models\n");
  const hardware = join(folder.path, "hardware");
  broker = startProcess(["dev", "key-broker", "--hardware", hardware, "--tee", "sgx", ...onFreePorts.keyBroker]);
  const { listeners } = await broker.ready;
  const admin = listeners["admin"] ?? "";
  const sgx = [
    "custom",
    "--process",
    "backend",
    "--flavour",
    "sgx",
    "--key",
    key,
    "--custom",
    join(folder.path, "custom"),
  ];
  const { status, stdout, stderr } = build(...sgx, "--tenant", "dev", "--broker", admin);
  assert.equal(status, 0, stderr);
  assert.match(asked(), new RegExp(`--build-arg ISV_SVN=16 --secret id=enclave-key,src=${key}`));
  assert.ok(!asked().includes("must not leave"));
  const custom = readFileSync(join(folder.path, "copied"), "utf8");
  assert.match(custom, /config\.yaml/);
  const lines = stdout.trim().split("\n").slice(-3);
  assert.equal(lines[0], `mr_enclave: ${mrEnclave.toString("hex")}`);
  assert.match(lines[1] ?? "", /^mr_signer: [0-9a-f]{64}$/);
  const words = (lines[2] ?? "").split(" ");
  assert.deepEqual(words.slice(0, 3), ["sealserve", "reference", "add"]);
  // As it is printed, but for the key of this broker's administrator and the folder that it is run in.
  const args = words.slice(1).map((word) => (word === "admin.pem" ? join(hardware, "admin.key") : word));
  const file = args[2] ?? "";
  const added = await runSealserve(args.with(2, join(folder.path, file)));
  assert.equal(added.code, 0, added.stderr);
  const connection = [
    "--tenant",
    "dev",
    "--model",
    "backend",
    "--broker",
    admin,
    "--admin-key",
    join(hardware, "admin.key"),
  ];
  const { stdout: listed } = await runSealserve(["reference", "list", ...connection]);
  assert.match(listed, new RegExp(mrEnclave.toString("hex")));
});
