// What the host may not set around a process in a TEE.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hostileEnvironment } from "./hostile-environment.ts";

test("an ordinary environment is let through", () => {
  const ordinary = { PATH: "/usr/bin", HOME: "/root", TZ: "UTC", SEALSERVE_MODEL_STORE: "/models", NODE_OPTIONS: "" };
  assert.deepEqual(hostileEnvironment(ordinary, ["--max-old-space-size=4096", "--enable-source-maps"]), []);
});

for (const name of [
  "NODE_OPTIONS",
  "NODE_EXTRA_CA_CERTS",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "LD_PRELOAD",
  "SSLKEYLOGFILE",
  "HTTPS_PROXY",
  "https_proxy",
]) {
  test(`${name} is refused by name, without its value`, () => {
    assert.deepEqual(hostileEnvironment({ PATH: "/usr/bin", [name]: "a secret" }, []), [name]);
  });
}

for (const flag of [
  "--inspect=0.0.0.0:9229",
  "--inspect-brk",
  "--tls-keylog=/tmp/keys",
  "--require",
  "--import=evil",
]) {
  test(`${flag} is refused`, () => {
    assert.deepEqual(hostileEnvironment({}, [flag]), [flag.split("=")[0]]);
  });
}
