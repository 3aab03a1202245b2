// What the host may not set around a process in a TEE.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hostileEnvironment } from "./hostile-environment.ts";

const own = { codeCache: "/own" };

test("an ordinary environment is let through", () => {
  const ordinary = {
    PATH: "/usr/bin",
    HOME: "/root",
    TZ: "UTC",
    SEALSERVE_MODEL_STORE: "/models",
    NODE_OPTIONS: "",
    PYTHONUNBUFFERED: "1",
  };
  assert.deepEqual(hostileEnvironment(ordinary, ["--max-old-space-size=4096", "--enable-source-maps"], own), []);
});

for (const name of [
  "NODE_OPTIONS",
  "NODE_EXTRA_CA_CERTS",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "LD_PRELOAD",
  "SSLKEYLOGFILE",
  "HTTPS_PROXY",
  "https_proxy",
  "NODE_USE_ENV_PROXY",
  "NODE_USE_SYSTEM_CA",
  "NODE_COMPILE_CACHE",
  "OPENSSL_ENGINES",
  "GCONV_PATH",
  "PYTHONPATH",
  "PYTHONHOME",
  "PYTHONPYCACHEPREFIX",
  "PYTHONWARNINGS",
]) {
  test(`${name} is refused by name, without its value`, () => {
    assert.deepEqual(hostileEnvironment({ PATH: "/usr/bin", [name]: "a secret" }, [], own), [name]);
  });
}

for (const flag of [
  "--inspect=0.0.0.0:9229",
  "--inspect-brk",
  "--tls-keylog=/tmp/keys",
  "--require",
  "--import=evil",
  "--tls_keylog=/tmp/keys",
  "--tls-cipher-list=NULL",
  "--env-file=evil",
  "--use-env-proxy",
  "-C",
]) {
  test(`${flag} is refused`, () => {
    assert.deepEqual(hostileEnvironment({}, [flag], own), [flag.split("=")[0]?.replaceAll("_", "-")]);
  });
}

test("compiled sources are taken from beside the code, and from nowhere else", () => {
  assert.deepEqual(hostileEnvironment({ NODE_COMPILE_CACHE: "/own" }, [], own), []);
  assert.deepEqual(hostileEnvironment({ NODE_COMPILE_CACHE: "/own" }, [], { codeCache: null }), ["NODE_COMPILE_CACHE"]);
});

test("what was measured with the program is let through, with that very value and no other", () => {
  const measured = { variables: { NODE_EXTRA_CA_CERTS: "/own/roots.pem" }, flags: ["--use-openssl-ca"] };
  const allowed = { ...own, measured };
  assert.deepEqual(hostileEnvironment({ NODE_EXTRA_CA_CERTS: "/own/roots.pem" }, ["--use-openssl-ca"], allowed), []);
  const changed = hostileEnvironment({ NODE_EXTRA_CA_CERTS: "/tmp/roots.pem" }, ["--use_openssl_ca"], allowed);
  assert.deepEqual(changed, ["NODE_EXTRA_CA_CERTS", "--use-openssl-ca"]);
  assert.deepEqual(hostileEnvironment({ node_extra_ca_certs: "/own/roots.pem" }, [], allowed), ["node_extra_ca_certs"]);
});
