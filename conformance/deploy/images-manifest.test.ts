// `sealserve manifest lint` as its users run it: on a manifest with every fault of BigDL PPML's serving image, and on ours.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runSealserve } from "../e2e/running-server.ts";
import { type TemporaryFolder, temporaryFolder } from "../e2e/temporary-folder.ts";

const template = join(import.meta.dirname, "../../deploy/images/gramine/sealserve.manifest.template");

/** An enclave that is a shell for whatever its host wants, in words of our own: one line for each fault. */
const predecessor = `
loader.entrypoint = "file:{{ gramine.libos }}"
libos.entrypoint = "{{ execdir }}/bash"
loader.argv_src_file = "file:/ppml/secured_argvs"
loader.insecure__use_host_env = true
loader.insecure_disable_aslr = true
loader.env.LD_PRELOAD = ""
loader.log_level = "{{ log_level }}"
fs.mounts = [
  { path = "/ppml/encrypted-fs", type = "encrypted", uri = "file:/ppml/encrypted-fs", key_name = "_sgx_mrsigner" },
  { path = "/ppml/encrypted-fsd", type = "encrypted", uri = "file:/ppml/encrypted-fsd", key_name = "sgx_data_key" },
]
sys.insecure__allow_eventfd = true
sgx.debug = false
sgx.remote_attestation = "dcap"
sgx.isvprodid = 1
sgx.isvsvn = 3
sgx.enclave_size = "16G"
sgx.thread_num = 1024
sgx.file_check_policy = "allow_all_but_log"
sgx.trusted_files = ["file:{{ gramine.libos }}", "file:{{ gramine.runtimedir() }}/", "file:/ppml/secured_argvs"]
sgx.allowed_files = ["file:scripts/", "file:/etc", "file:/tmp", "file:/opt/jdk", "file:/ppml", "file:/usr/bin/python3", "file:/root/.kube/config"]
`;

/** Every fault of section 6 of the reference: the rule, and the key that it is found at. */
const faults: readonly (readonly [string, string])[] = [
  ["entrypoint-is-shell", "libos.entrypoint"],
  ["host-environment", "loader.insecure__use_host_env"],
  ["variable-blocked-alone", "loader.env.LD_PRELOAD"],
  ["arguments-from-file", "loader.argv_src_file"],
  ["aslr-disabled", "loader.insecure_disable_aslr"],
  ["file-policy", "sgx.file_check_policy"],
  ...[0, 1, 2, 3, 4, 5, 6].map((i) => ["allowed-files", `sgx.allowed_files[${i}]`] as const),
  // Only Gramine, libraries and the file of arguments are measured.
  ["program-unmeasured", "libos.entrypoint"],
  ["program-unmeasured", "loader.argv"],
  ["svn-constant", "sgx.isvsvn"],
  ["enclave-size", "sgx.enclave_size"],
  ["threads-deprecated", "sgx.thread_num"],
  ["host-eventfd", "sys.insecure__allow_eventfd"],
  ["key-by-signer", "fs.mounts[0].key_name"],
  ["key-from-outside", "fs.mounts[1].key_name"],
  // The log's level is an argument of the build there.
  ["log-level", "loader.log_level"],
];

let folder: TemporaryFolder;
before(async () => {
  folder = await temporaryFolder();
});
after(() => folder[Symbol.asyncDispose]());

test("every fault of the predecessor's manifest is named, and nothing else", async () => {
  const file = await folder.write("bash.manifest.template", predecessor);
  const { code, stdout } = await runSealserve(["manifest", "lint", file, "--json"]);
  assert.equal(code, 1);
  const found = JSON.parse(stdout).map(({ rule, key }: { rule: string; key: string }) => `${rule} ${key}`);
  assert.deepEqual(found.sort(), faults.map((fault) => fault.join(" ")).sort());
});

test("for people, each is told with its key, what is wrong, and what to do", async () => {
  const file = await folder.write("people.manifest.template", predecessor);
  const { stdout } = await runSealserve(["manifest", "lint", file]);
  const told = [...stdout.matchAll(/^(?:error|warning): (\S+) = .+\n {2}([a-z-]+): .+\n {2}\S.+$/gm)];
  assert.deepEqual(told.map(([, key, rule]) => `${rule} ${key}`).sort(), faults.map((fault) => fault.join(" ")).sort());
});

test("ours is safe, with the models that its process proves itself and secrets that the host knows; those are told", async () => {
  const allowed = ["--allow-data", "/models", "--allow-host-secrets", "/run/secrets"];
  const { code, stdout, stderr } = await runSealserve(["manifest", "lint", template, "--json", ...allowed]);
  assert.equal(code, 0, stdout + stderr);
  const found = JSON.parse(stdout).map(({ rule, severity, key }: Record<string, string>) => [rule, severity, key]);
  assert.deepEqual(found, [["host-secrets", "warning", "sgx.allowed_files[1]"]]);
  assert.equal((await runSealserve(["manifest", "lint", template, "--allow-data", "/models"])).code, 1);
});

test("a manifest that cannot be read is another exit code, with the line", async () => {
  const file = await folder.write("broken.manifest", "sgx.debug = false\nsgx.debug = true\n");
  const { code, stderr } = await runSealserve(["manifest", "lint", file]);
  assert.equal(code, 2);
  assert.match(stderr, /line 2/);
  assert.equal((await runSealserve(["manifest", "lint", join(folder.path, "nowhere")])).code, 2);
});

test("the version number of a release", async () => {
  assert.equal((await runSealserve(["manifest", "svn", "1.4.2"])).stdout, "1090\n");
  assert.equal((await runSealserve(["manifest", "svn", "1.4.99"])).code, 2);
});
