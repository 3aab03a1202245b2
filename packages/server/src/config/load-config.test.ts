// Configuration: what overrides what, and how every fault is told.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { z } from "zod";
import { ConfigError, type ConfigFault } from "./config-error.ts";
import { type ConfigSources, loadConfig } from "./load-config.ts";
import { printConfig } from "./print-config.ts";
import { byteSize, duration, logLevelSetting, portSetting, tlsSetting } from "./settings.ts";

const schema = z.strictObject({
  modelStore: z.string(),
  host: z.string().default("127.0.0.1"),
  drainLimit: duration.default(30_000),
  maxBody: byteSize.prefault("64MiB"),
  logLevel: logLevelSetting.default("info"),
  threads: z.int().min(1).max(64).default(1),
  tls: tlsSetting.default(null),
  opener: z
    .union([
      z.strictObject({ file: z.string() }),
      z.strictObject({ broker: z.strictObject({ url: z.string(), tenant: z.string() }) }),
    ])
    .nullable()
    .default(null),
  names: z.array(z.string()).default([]),
  models: z.record(z.string(), z.strictObject({ instances: z.int().optional() })).default({}),
  protocols: z
    .strictObject({
      openInference: z.strictObject({ http: portSetting.default(8000) }).prefault({}),
      torchserve: z.strictObject({ inference: portSetting.default(8080) }).prefault({}),
    })
    .prefault({}),
});

/** Nine levels of ten: a thousand million texts if it were written out. */
const aliasBomb = Array.from(
  { length: 9 },
  (_, i) => `a${i}: &a${i} [${Array(10).fill(i ? `*a${i - 1}` : "x")}]\n`,
).join("");

const folder = mkdtempSync(join(tmpdir(), "sealserve-config-"));
const file = join(folder, "sealserve.yaml");
after(() => rmSync(folder, { recursive: true }));

function load(sources: Partial<ConfigSources> & { readonly yaml?: string }): z.output<typeof schema> {
  const { yaml, env = {}, flags = {} } = sources;
  if (yaml !== undefined) writeFileSync(file, yaml);
  return loadConfig(schema, { file: yaml === undefined ? null : file, env, flags });
}

function faultsOf(sources: Parameters<typeof load>[0]): readonly ConfigFault[] {
  try {
    load(sources);
  } catch (error) {
    if (error instanceof ConfigError) return error.facts.faults;
    throw error;
  }
  return assert.fail("a configuration with faults was taken");
}

test("flags override the environment, and the environment the file", () => {
  const yaml = "modelStore: file\nhost: file\nlogLevel: warn\nprotocols: { torchserve: { inference: 1 } }";
  const env = { SEALSERVE_MODEL_STORE: "env", SEALSERVE_HOST: "env", SEALSERVE_PROTOCOLS_TORCHSERVE_INFERENCE: "2" };
  const config = load({ yaml, env, flags: { modelStore: "flag", "protocols.openInference.http": undefined } });
  assert.equal(config.modelStore, "flag");
  assert.equal(config.host, "env");
  assert.equal(config.logLevel, "warn");
  assert.deepEqual(config.protocols, { openInference: { http: 8000 }, torchserve: { inference: 2 } });
});

test("a variable about the machine is passed over by a process without its setting, others are faults", () => {
  const env = { SEALSERVE_MODEL_STORE: "m", SEALSERVE_PYTHON: "/usr/bin/python3" };
  assert.equal(load({ env }).modelStore, "m");
  const python = z.strictObject({ interpreter: z.string() });
  const taken = loadConfig(z.strictObject({ modelStore: z.string(), python }), { file: null, env, flags: {} });
  assert.equal(taken.python.interpreter, "/usr/bin/python3");
  const faults = faultsOf({ env: { ...env, SEALSERVE_PYTHON_INTERPRETER: "/usr/bin/python3" } });
  assert.deepEqual(
    faults.map((fault) => fault.kind === "unknown-key" && fault.key),
    ["SEALSERVE_PYTHON_INTERPRETER"],
  );
});

test("texts of the environment and of flags take the type of their setting", () => {
  const env = {
    SEALSERVE_MODEL_STORE: "007",
    SEALSERVE_DRAIN_LIMIT: "1.5s",
    SEALSERVE_MAX_BODY: "1000",
    SEALSERVE_NAMES: "[a, b]",
    SEALSERVE_PROTOCOLS_OPEN_INFERENCE_HTTP: "false",
  };
  const config = load({ env, flags: { threads: "4", "tls.cert": "c.pem", "tls.key": "k.pem" } });
  assert.equal(config.modelStore, "007");
  assert.equal(config.drainLimit, 1500);
  assert.equal(config.maxBody, 1000);
  assert.deepEqual(config.names, ["a", "b"]);
  assert.equal(config.protocols.openInference.http, false);
  assert.equal(config.threads, 4);
  assert.deepEqual(config.tls, { cert: "c.pem", key: "k.pem" });
});

test("flags reach below the keys of a record, and so do the suggestions for unknown keys", () => {
  const config = load({ flags: { modelStore: "m", "models.resnet.instances": "2" } });
  assert.deepEqual(config.models, { resnet: { instances: 2 } });
  const [fault] = faultsOf({ flags: { modelStore: "m", "models.resnet.instance": "2" } });
  assert.ok(fault?.kind === "unknown-key" && fault.nearest === "models.resnet.instances");
});

test("is frozen throughout", () => {
  const config = load({ flags: { modelStore: "m" } });
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.protocols.torchserve) && Object.isFrozen(config.names));
});

test("prints as a file that loads to the same", () => {
  const config = load({ flags: { modelStore: "m", tls: "self-signed" } });
  assert.deepEqual(load({ yaml: printConfig(config) }), config);
});

test("tells every fault at once, each with its place, what was found and what is allowed", () => {
  const yaml = "host: 5\nthreads: 99\nlogLevel: loud\nprotocols:\n  torchServe: { inference: 1 }\n";
  const env = { SEALSERVE_PROTOCOLS_TORCHSERVE_INFERENCE: "eighty", SEALSERVE_MODELSTORE: "x", OTHER: "y" };
  const faults = faultsOf({ yaml, env, flags: { drainLimit: "soon" } });
  const told = faults.map((fault) => [fault.kind, "key" in fault && fault.key]);
  assert.deepEqual(told, [
    ["unknown-key", "SEALSERVE_MODELSTORE"],
    ["invalid-value", "modelStore"],
    ["invalid-value", "host"],
    ["invalid-value", "drainLimit"],
    ["invalid-value", "logLevel"],
    ["invalid-value", "threads"],
    ["invalid-value", "protocols.torchserve.inference"],
    ["unknown-key", "protocols.torchServe"],
  ]);
  const at = (key: string) => faults.find((fault) => "key" in fault && fault.key === key);
  assert.deepEqual(at("host"), {
    kind: "invalid-value",
    key: "host",
    origin: { kind: "file", file, line: 1 },
    found: "5",
    allowed: "a text",
  });
  const drainLimit = at("drainLimit");
  assert.equal(
    drainLimit?.kind === "invalid-value" && drainLimit.allowed,
    'a duration such as "30s", "100ms" or "5m", or a number of milliseconds',
  );
  assert.deepEqual(at("modelStore"), {
    kind: "invalid-value",
    key: "modelStore",
    origin: null,
    found: null,
    allowed: "a text",
  });
  assert.deepEqual(at("protocols.torchserve.inference"), {
    kind: "invalid-value",
    key: "protocols.torchserve.inference",
    origin: { kind: "environment", variable: "SEALSERVE_PROTOCOLS_TORCHSERVE_INFERENCE" },
    found: '"eighty"',
    allowed: "a port from 1 to 65535, 0 for a free one, or false to switch the listener off",
  });
  assert.deepEqual(at("protocols.torchServe"), {
    kind: "unknown-key",
    key: "protocols.torchServe",
    origin: { kind: "file", file, line: 5 },
    nearest: "protocols.torchserve",
  });
  assert.deepEqual(at("SEALSERVE_MODELSTORE"), {
    kind: "unknown-key",
    key: "SEALSERVE_MODELSTORE",
    origin: { kind: "environment", variable: "SEALSERVE_MODELSTORE" },
    nearest: "SEALSERVE_MODEL_STORE",
  });
});

test("a fault inside one form of a setting is told where it is", () => {
  const faults = faultsOf({ flags: { modelStore: "m", "tls.cert": "c.pem" } });
  assert.deepEqual(
    faults.map((fault) => "key" in fault && fault.key),
    ["tls.key"],
  );
});

test("a flag that is no setting is a fault", () => {
  const [fault] = faultsOf({ flags: { modelStore: "m", hots: "x" } });
  assert.deepEqual(fault, { kind: "unknown-key", key: "hots", origin: { kind: "flag" }, nearest: "host" });
});

for (const [what, yaml, line] of [
  ["a duplicate key", "modelStore: a\nhost: b\nmodelStore: c\n", 3],
  ["a broken bracket", "modelStore: a\nprotocols: { torchserve: \n", 2],
  ["a tag that nobody knows", "modelStore: !!js/function x\n", 1],
  ["a list", "- modelStore\n", 1],
  ["a bomb of aliases", aliasBomb, 1],
] as const) {
  test(`${what} is told with its line`, () => {
    const [fault] = faultsOf({ yaml });
    assert.equal(fault?.kind, "syntax");
    assert.equal("line" in fault && fault.line, line);
  });
}

test("an unreadable file hides no other fault, and invents none", () => {
  const missing = join(folder, "missing.yaml");
  assert.throws(
    () => loadConfig(schema, { file: missing, env: { SEALSERVE_THREADS: "0" }, flags: {} }),
    (error) => {
      assert.ok(error instanceof ConfigError);
      const told = error.facts.faults.map((fault) => [fault.kind, "key" in fault && fault.key]);
      assert.deepEqual(told, [
        ["unreadable", false],
        ["invalid-value", "threads"],
      ]);
      return true;
    },
  );
});

test("keys that name a prototype change nothing", () => {
  const [fault] = faultsOf({ yaml: "modelStore: m\n__proto__: { polluted: true }\n" });
  assert.equal(fault?.kind, "unknown-key");
  assert.equal(Reflect.get({}, "polluted"), undefined);
});

test("of several forms the one that was meant is told about", () => {
  const yaml = "modelStore: m\nopener: { broker: { url: u } }";
  assert.deepEqual(
    faultsOf({ yaml }).map((fault) => "key" in fault && fault.key),
    ["opener.broker.tenant"],
  );
});

test("a text can say that a setting is switched off, over a file that says otherwise", () => {
  writeFileSync(file, "modelStore: m\ntls: self-signed\n");
  assert.equal(loadConfig(schema, { file, env: {}, flags: { tls: "null" } }).tls, null);
  assert.equal(loadConfig(schema, { file, env: { SEALSERVE_TLS: "null" }, flags: {} }).tls, null);
  assert.equal(loadConfig(schema, { file, env: {}, flags: { modelStore: "null" } }).modelStore, "null");
});
