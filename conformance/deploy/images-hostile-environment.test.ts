// Bundled processes, as images hold them, refuse to start in a TEE with what their host could have set; and take what was measured with them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bundleProcess, processFolders, processName } from "../../tools/bundle-process.ts";
import { type TemporaryFolder, temporaryFolder } from "../e2e/temporary-folder.ts";

/** With these a process attests: to a key broker that nobody asks, since there is no hardware here. */
const identity = { keyBroker: { url: "http://127.0.0.1:9", tenant: "default" } };
const configs: Readonly<Record<string, object>> = {
  backend: { modelStore: "models", identity },
  frontend: { identity, backends: { addresses: ["https://127.0.0.1:9"] } },
  sidecar: { command: ["true"], upstream: "http://127.0.0.1:9", protocol: "any", identity },
  "key-broker": {},
};
const names = Object.keys(configs);

let folder: TemporaryFolder;
before(async () => {
  folder = await temporaryFolder();
  mkdirSync(join(folder.path, "models"));
  for (const one of processFolders()) {
    const name = processName(one);
    if (!names.includes(name)) continue;
    await bundleProcess(one, join(folder.path, name));
    writeFileSync(join(folder.path, `${name}.yaml`), JSON.stringify(configs[name]));
  }
});
after(() => folder[Symbol.asyncDispose]());

interface Attempt {
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** Lets the process see a folder where the kernel offers evidence. */
  readonly inTee?: boolean;
}

/** What the process says before it ends; it cannot get further than to its hardware, or to a configuration that lacks everything. */
function start(name: string, { env = {}, flags = [], inTee = false }: Attempt): string {
  const command = [process.execPath, ...flags, join(folder.path, name, "main.js"), join(folder.path, `${name}.yaml`)];
  const [program = "", ...args] = inTee ? ["unshare", "--mount", "sh", "-c", fakeTee, "sh", ...command] : command;
  const { status, stderr, stdout } = spawnSync(program, args, {
    ...{ cwd: folder.path, encoding: "utf8", timeout: 20_000 },
    env: { PATH: process.env["PATH"] ?? "", ...env },
  });
  assert.notEqual(status, 0, stdout);
  return stderr;
}

/** In a mount namespace of its own, with the folder that the kernel of a confidential VM has. */
const fakeTee = 'mount -t tmpfs none /sys/kernel && mkdir -p /sys/kernel/config/tsm/report && exec "$@"';
const canUnshare = spawnSync("unshare", ["--mount", "sh", "-c", fakeTee, "sh", "true"]).status === 0;

const hostile: readonly (readonly [string, Attempt])[] = [
  ["NODE_OPTIONS", { env: { NODE_OPTIONS: "--no-warnings" } }],
  ["LD_PRELOAD", { env: { LD_PRELOAD: "/nowhere/evil.so" } }],
  ["SSLKEYLOGFILE", { env: { SSLKEYLOGFILE: "/dev/null" } }],
  ["--tls-keylog", { flags: ["--tls-keylog=/dev/null"] }],
  ["--inspect", { flags: ["--inspect=127.0.0.1:0"] }],
  ["HTTPS_PROXY", { env: { HTTPS_PROXY: "http://127.0.0.1:9" } }],
  ["http_proxy", { env: { http_proxy: "http://127.0.0.1:9" } }],
  ["NODE_EXTRA_CA_CERTS", { env: { NODE_EXTRA_CA_CERTS: "/nowhere/roots.pem" } }],
  ["SSL_CERT_FILE", { env: { SSL_CERT_FILE: "/nowhere/roots.pem" } }],
];

for (const name of names) {
  const isBroker = name === "key-broker";
  // The broker attests to nobody: it looks where it runs.
  const skip = isBroker && !canUnshare ? "needs root, for a mount namespace" : false;

  for (const [setting, attempt] of hostile) {
    test(`${name} does not start in a TEE with ${setting}`, { skip }, () => {
      const said = start(name, { ...attempt, inTee: isBroker });
      assert.match(said, new RegExp(`does not start in a TEE with ${setting}:`));
    });
  }

  test(`${name} goes on with what was measured with it, and with no other value`, { skip }, () => {
    const measured = { variables: { NODE_EXTRA_CA_CERTS: "/own/roots.pem" }, flags: ["--use-openssl-ca"] };
    writeFileSync(join(folder.path, name, "measured-environment.json"), JSON.stringify(measured));
    const flags = ["--use-openssl-ca"];
    const own = start(name, { env: { NODE_EXTRA_CA_CERTS: "/own/roots.pem" }, flags, inTee: isBroker });
    assert.doesNotMatch(own, /does not start in a TEE with/);
    // As far as it gets here: there is no hardware, and the broker's configuration is empty.
    assert.match(own, isBroker ? /configuration-invalid|the configuration has/ : /no-attester|makes no evidence/);
    const other = start(name, { env: { NODE_EXTRA_CA_CERTS: "/tmp/roots.pem" }, flags, inTee: isBroker });
    assert.match(other, /with NODE_EXTRA_CA_CERTS:/);
  });
}

test("outside a TEE the key broker's environment is its owner's", () => {
  const said = start("key-broker", { env: { HTTPS_PROXY: "http://127.0.0.1:9" } });
  assert.doesNotMatch(said, /does not start in a TEE with/);
});
