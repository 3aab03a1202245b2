// Each rule by itself, on a manifest that is safe but for one thing.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type RuleId, rules } from "./finding.ts";
import { type LintOptions, lintManifest } from "./lint-manifest.ts";
import { ManifestSyntaxError } from "./manifest.ts";

const options: LintOptions = { allowedData: ["/models"], hostSecrets: ["/run/secrets"], signed: false, isvSvn: null };

/** Of the parts that a test leaves as they are. */
const safe: Readonly<Record<string, string>> = {
  entrypoint: 'libos.entrypoint = "/usr/bin/server"',
  argv: 'loader.argv = ["/usr/bin/server", "--port", "80"]',
  env: 'loader.env.HOME = "/"',
  root: 'fs.root = { type = "chroot", uri = "file:/tree" }',
  mounts: 'fs.mounts = [{ type = "tmpfs", path = "/tmp" }]',
  trusted: 'sgx.trusted_files = ["file:/tree/"]',
  policy: 'sgx.file_check_policy = "strict"',
  attestation: 'sgx.remote_attestation = "dcap"',
  svn: "sgx.isvsvn = 17",
  debug: "sgx.debug = false",
};

function findings(changes: Readonly<Record<string, string>>, more: Partial<LintOptions> = {}) {
  const text = Object.values({ ...safe, ...changes }).join("\n");
  return lintManifest(text, { ...options, ...more });
}

test("a safe manifest has no finding", () => {
  assert.deepEqual(findings({}), []);
  assert.deepEqual(findings({ data: 'sgx.allowed_files = ["file:/models/"]' }), []);
});

const python = { entrypoint: 'libos.entrypoint = "/usr/bin/python3.11"' };
const cases: readonly (readonly [RuleId, string, Readonly<Record<string, string>>])[] = [
  [
    "entrypoint-is-shell",
    "libos.entrypoint",
    { entrypoint: 'libos.entrypoint = "/bin/bash"', argv: 'loader.argv = ["bash", "/start.sh"]' },
  ],
  ["program-unmeasured", "libos.entrypoint", { trusted: 'sgx.trusted_files = ["file:/tree/lib/"]' }],
  ["program-unmeasured", "libos.entrypoint", { entrypoint: "" }],
  ["program-unmeasured", "libos.entrypoint", { mounts: 'fs.mounts = [{ path = "/usr", uri = "file:/host/usr" }]' }],
  ["program-unmeasured", "loader.argv[2]", { ...python, argv: 'loader.argv = ["python3", "-u", "/tmp/server.py"]' }],
  ["program-unmeasured", "loader.argv[1]", { ...python, argv: 'loader.argv = ["python3", "/lib/../../x.py"]' }],
  ["program-unmeasured", "libos.entrypoint", { mounts: 'fs.mounts = [{ path = "/usr/", uri = "file:/host" }]' }],
  ["arguments-run-text", "loader.argv[1]", { ...python, argv: 'loader.argv = ["python3", "--eval=1", "/print.py"]' }],
  ["program-unmeasured", "loader.argv", { ...python, argv: "" }],
  ["arguments-run-text", "loader.argv[1]", { ...python, argv: 'loader.argv = ["python3", "-c", "/print.py"]' }],
  ["arguments-from-file", "loader.argv_src_file", { more: 'loader.argv_src_file = "file:/argv"' }],
  ["host-environment", "loader.insecure__use_host_env", { more: "loader.insecure__use_host_env = true" }],
  ["host-arguments", "loader.insecure__use_cmdline_argv", { more: "loader.insecure__use_cmdline_argv = true" }],
  ["aslr-disabled", "loader.insecure_disable_aslr", { more: "loader.insecure_disable_aslr = true" }],
  ["host-eventfd", "sys.insecure__allow_eventfd", { more: "sys.insecure__allow_eventfd = true" }],
  ["insecure-option", "sgx.insecure__rpc_thread_num", { more: "sgx.insecure__rpc_thread_num = 8" }],
  ["key-in-manifest", "fs.insecure__keys", { more: 'fs.insecure__keys.default = "00112233445566778899aabbccddeeff"' }],
  ["environment-passthrough", "loader.env.NODE_OPTIONS", { env: "loader.env.NODE_OPTIONS = { passthrough = true }" }],
  ["environment-from-file", "loader.env_src_file", { more: 'loader.env_src_file = "file:/env"' }],
  ["file-policy", "sgx.file_check_policy", { policy: 'sgx.file_check_policy = "allow_all_but_log"' }],
  ["allowed-files", "sgx.allowed_files[1]", { more: 'sgx.allowed_files = ["file:/models/", "file:/etc/"]' }],
  ["allowed-files", "sgx.allowed_files[0]", { more: 'sgx.allowed_files = ["file:/models/../etc/"]' }],
  ["allowed-files", "sgx.allowed_files[0]", { more: 'sgx.allowed_files = ["file:/run/secrets/../etc/"]' }],
  [
    "key-by-signer",
    "fs.mounts[0].key_name",
    { mounts: 'fs.mounts = [{ type = "encrypted", path = "/kept", key_name = "_sgx_mrsigner" }]' },
  ],
  ["no-attestation", "sgx.remote_attestation", { attestation: "" }],
  ["debug", "sgx.debug", { debug: "sgx.debug = true" }],
  ["profiling", "sgx.profile.enable", { more: 'sgx.profile.enable = "main"' }],
  ["log-level", "loader.log_level", { more: 'loader.log_level = "trace"' }],
  ["svn-missing", "sgx.isvsvn", { svn: "" }],
];
for (const [rule, key, changes] of cases) {
  test(`${rule} at ${key}`, () => {
    const found = findings(changes);
    assert.deepEqual(
      found.map((each) => [each.rule, each.key, each.severity]),
      [[rule, key, "error"]],
    );
    assert.ok(found.every(({ remedy }) => remedy.length > 10));
  });
}

const warned: readonly (readonly [RuleId, Readonly<Record<string, string>>])[] = [
  ["key-from-outside", { mounts: 'fs.mounts = [{ type = "encrypted", path = "/kept", key_name = "mine" }]' }],
  ["host-secrets", { more: 'sgx.allowed_files = ["file:/run/secrets/"]' }],
  ["threads-deprecated", { more: "sgx.thread_num = 64" }],
  ["enclave-size", { more: 'sgx.enclave_size = "64G"' }],
];
for (const [rule, changes] of warned) {
  test(`${rule} is a warning`, () => {
    assert.deepEqual(
      findings(changes).map((each) => [each.rule, each.severity]),
      [[rule, "warning"]],
    );
  });
}

test("what grows on demand may be large, and what is sealed to this very enclave is its own", () => {
  assert.deepEqual(findings({ more: 'sgx.enclave_size = "64G"\nsgx.edmm_enable = true' }), []);
  const mounts = 'fs.mounts = [{ type = "encrypted", path = "/kept", key_name = "_sgx_mrenclave" }]';
  assert.deepEqual(findings({ mounts }), []);
});

test("a release has one version number", () => {
  assert.deepEqual(findings({}, { isvSvn: 17 }), []);
  assert.deepEqual(
    findings({}, { isvSvn: 18 }).map(({ rule }) => rule),
    ["svn-behind"],
  );
  const template = {
    root: 'fs.root = { uri = "file:{{ tree }}" }',
    trusted: 'sgx.trusted_files = ["file:{{ tree }}/"]',
  };
  assert.deepEqual(
    findings(template).map(({ rule }) => rule),
    ["svn-constant"],
  );
  assert.deepEqual(findings({ ...template, svn: "sgx.isvsvn = {{ svn }}" }), []);
});

test("what a template leaves open is not safe", () => {
  assert.deepEqual(
    findings({ svn: "sgx.isvsvn = {{ svn }}", debug: "sgx.debug = {{ debug }}" }).map(({ rule }) => rule),
    ["debug"],
  );
});

test("a signed manifest has the hash of every file", () => {
  const sha256 = "ab".repeat(32);
  const trusted = `sgx.trusted_files = [{ uri = "file:/tree/", sha256 = "${sha256}" }, { uri = "file:/tree/usr/bin/server" }]`;
  assert.deepEqual(
    findings({ trusted }, { signed: true }).map(({ key }) => key),
    ["sgx.trusted_files[1]"],
  );
});

test("every rule is tested", () => {
  const tested = new Set([
    ...cases.map(([rule]) => rule),
    ...warned.map(([rule]) => rule),
    "svn-constant",
    "svn-behind",
    "hash-missing",
  ]);
  // This one is about a manifest with a further fault: images-manifest.test.ts has it.
  assert.deepEqual(
    Object.keys(rules).filter((rule) => !tested.has(rule)),
    ["variable-blocked-alone"],
  );
});

test("the shipped template is safe as it stands, but for models and secrets of the host that nobody named", () => {
  const file = join(import.meta.dirname, "../../../../deploy/images/gramine/sealserve.manifest.template");
  const text = readFileSync(file, "utf8");
  const found = (given: Partial<LintOptions>) =>
    lintManifest(text, { ...options, ...given }).map(({ rule, severity, found: what }) => [rule, severity, what]);
  const secrets = '"file:/run/secrets/"';
  assert.deepEqual(found({}), [["host-secrets", "warning", secrets]]);
  assert.deepEqual(found({ allowedData: [], hostSecrets: [] }), [
    ["allowed-files", "error", '"file:/models/"'],
    ["allowed-files", "error", secrets],
  ]);
  assert.deepEqual(found({ hostSecrets: ["/run/secret"] }), [["allowed-files", "error", secrets]]);
});

test("what is no TOML is told with its line", () => {
  assert.throws(
    () => lintManifest("a = 1\nb = = 2\n", options),
    (error) => error instanceof ManifestSyntaxError && error.line === 2,
  );
});
