// deploy/compose: what the file promises about its containers, and its configurations in processes on this machine.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import { Adder, onFreePorts, type RunningProcess, startProcess } from "../e2e/running-processes.ts";
import { type TemporaryFolder, temporaryFolder } from "../e2e/temporary-folder.ts";
import { addModel } from "../fixtures/onnx-model.ts";

const root = join(import.meta.dirname, "../..");

interface Service {
  readonly image: string;
  readonly user: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly volumes: readonly string[];
  readonly tmpfs: readonly string[];
  readonly secrets: readonly string[];
  readonly ports?: readonly string[];
  readonly networks: readonly string[];
  readonly environment?: unknown;
  readonly stop_grace_period: string;
  readonly healthcheck: { readonly test: readonly string[] };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const compose: Compose = parse(readFileSync(join(root, "deploy/compose/compose.yaml"), "utf8"), { merge: true });

for (const [name, service] of Object.entries(compose.services)) {
  test(`${name}: no right that it does not need, and no secret in its environment`, () => {
    assert.equal(service.read_only, true);
    assert.deepEqual(service.cap_drop, ["ALL"]);
    assert.ok(service.security_opt.includes("no-new-privileges:true"));
    assert.equal(service.environment, undefined);
    assert.match(service.user, name === "key-broker" ? /^65532:65532$/ : /^0:0$/);
    assert.match(service.image, new RegExp(`/sealserve-${name}:`));
    for (const secret of service.secrets) assert.match(compose.secrets[secret]?.file ?? "", /^\.\/secrets\//);
    assert.ok(service.volumes.filter((volume) => volume.startsWith("./")).every((volume) => volume.endsWith(":ro")));
  });
}

test("backends are reached from inside only, and administrators come from this host", () => {
  assert.equal(compose.networks["inside"]?.internal, true);
  assert.deepEqual(compose.services["backend"]?.networks, ["inside"]);
  assert.equal(compose.services["backend"]?.ports, undefined);
  for (const port of compose.services["key-broker"]?.ports ?? []) assert.match(port, /^127\.0\.0\.1:/);
});

const suffixOf = (shape: "" | "native"): string => (shape === "native" ? ".native" : "");

/** The configuration of a service with the paths and the names that it has on this machine. */
function configOnThisMachine(work: string, service: string, shape: "" | "native"): string {
  const text = readFileSync(join(work, `config/${service}${suffixOf(shape)}.yaml`), "utf8");
  let local = text
    .replaceAll("/run/sealserve/mesh", join(work, `secrets/mesh-${service}`))
    .replaceAll("/var/lib/sealserve", join(work, "state"))
    .replaceAll(/modelStore: \/models/g, `modelStore: ${join(work, "models")}`)
    .replaceAll("host: 0.0.0.0", "host: 127.0.0.1");
  for (const [secret, { file }] of Object.entries(compose.secrets))
    local = local.replaceAll(`/run/secrets/${secret}`, join(work, file));
  const path = join(work, `${service}.yaml`);
  writeFileSync(path, local);
  return path;
}

let folder: TemporaryFolder;
const running: RunningProcess[] = [];
const adder = new Adder();
before(async () => {
  folder = await temporaryFolder();
});
after(async () => {
  adder[Symbol.dispose]();
  for (const each of running.reverse()) await each[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** A copy of the folder, prepared as its user prepares it. */
function prepared(name: string, ...args: readonly string[]): string {
  const work = join(folder.path, name);
  cpSync(join(root, "deploy/compose"), work, { recursive: true });
  const env = { PATH: process.env["PATH"] ?? "", SEALSERVE: join(root, "sealserve") };
  const { status, stderr } = spawnSync(join(work, "prepare.sh"), args, { encoding: "utf8", env });
  assert.equal(status, 0, stderr);
  mkdirSync(join(work, "state"));
  writeFileSync(join(work, "models/add.onnx"), addModel());
  return work;
}

function start(args: readonly string[]): RunningProcess {
  const hurry = args.includes("key-broker") ? [] : ["--set", "drainDelay=0"];
  const started = startProcess([...args, ...hurry]);
  running.push(started);
  return started;
}

/** Ports that somebody looks for are those that the process has by itself or by its configuration. */
function expectPorts(service: string, listening: string, configured: number): void {
  const { healthcheck, ports = [] } = compose.services[service] ?? assert.fail();
  if (listening === "operations") assert.ok(healthcheck.test.join(" ").includes(`127.0.0.1:${configured}/readyz`));
  else
    assert.ok(
      ports.some((port) => port.endsWith(`:${configured}`)),
      `${service} publishes ${listening}`,
    );
}

test("without a TEE: the prepared certificates make a mesh, and the frontend answers", async () => {
  const work = prepared("plain", "native");
  const [backendFile, frontendFile] = ["backend", "frontend"].map((one) => configOnThisMachine(work, one, "native"));
  const backend = start(["backend", "--config", backendFile ?? "", ...onFreePorts.backend]);
  const { listeners } = await backend.ready;
  // The name that compose gives the container, at the port that is free here.
  const address = String(listeners["backend"]).replace(/^http:/, "https:");
  const frontend = start([
    ...["frontend", "--config", frontendFile ?? "", ...onFreePorts.frontend],
    ...["--set", `backends.addresses=["${address}"]`],
  ]);
  const url = (await frontend.ready).listeners["openInference.http"] ?? "";
  assert.match(url, /^https:/);
  assert.match((await adder.add(url)).text, /\[2\.0,4\.0,6\.0,8\.0\]/);
});

test("in a TEE (simulated): broker, backend and frontend with the shipped configurations, and one prediction", async () => {
  const work = prepared("confidential");
  const hardware = join(work, "hardware");
  mkdirSync(hardware);
  for (const file of ["root.key", "admin.key", "admin.pub"]) cpSync(join(work, "secrets", file), join(hardware, file));
  const brokerFile = configOnThisMachine(work, "key-broker", "");
  // What makes the tenant of simulated hardware reaches the administrators' listener without knowing the certificate.
  const plain = ["--set", "admin.listen.tls=null"];
  const broker = start([
    ...["dev", "key-broker", "--hardware", hardware, "--config", brokerFile, ...plain, ...onFreePorts.keyBroker],
  ]);
  const asked = (await broker.ready).listeners["broker"] ?? "";
  assert.match(asked, /^https:/);
  const identity = ["--set", `identity.keyBroker.url=${asked}`, "--set", "identity.keyBroker.tenant=dev"];
  const backendFile = configOnThisMachine(work, "backend", "");
  const backend = start([
    "dev",
    "backend",
    "--hardware",
    hardware,
    "--config",
    backendFile,
    ...identity,
    ...onFreePorts.backend,
  ]);
  const address = (await backend.ready).listeners["backend"];
  const frontendFile = configOnThisMachine(work, "frontend", "");
  const frontend = start([
    ...["dev", "frontend", "--hardware", hardware, "--config", frontendFile, ...identity, ...onFreePorts.frontend],
    ...["--set", `backends.addresses=["${address}"]`],
  ]);
  const url = (await frontend.ready).listeners["openInference.http"] ?? "";
  assert.match((await adder.add(url)).text, /\[2\.0,4\.0,6\.0,8\.0\]/);
});

test("ports are those of the processes", () => {
  const printed = (service: string, config: string): Record<string, never> => {
    const { stdout, status, stderr } = spawnSync(
      process.execPath,
      [join(root, "apps/cli/src/main.ts"), service, "--config", config, "--print-config"],
      { encoding: "utf8" },
    );
    assert.equal(status, 0, stderr);
    return parse(stdout);
  };
  const work = join(folder.path, "confidential");
  const broker = printed("key-broker", join(work, "key-broker.yaml")) as never as Ports;
  expectPorts("key-broker", "operations", broker.operations.port);
  expectPorts("key-broker", "admin", broker.admin.listen.port);
  expectPorts(
    "backend",
    "operations",
    (printed("backend", join(work, "backend.yaml")) as never as Ports).operations.port,
  );
  const frontend = printed("frontend", join(work, "frontend.yaml")) as never as Ports;
  expectPorts("frontend", "operations", frontend.operations.port);
  for (const port of [8085, 8081, 8000, 8501]) expectPorts("frontend", "inference", port);
  const { torchserve, openInference, tensorflowServing } = frontend.protocols;
  assert.deepEqual(
    [torchserve.inference, torchserve.management, openInference.http, tensorflowServing.rest],
    [8085, 8081, 8000, 8501],
  );
});

interface Ports {
  readonly operations: { readonly port: number };
  readonly admin: { readonly listen: { readonly port: number } };
  readonly protocols: {
    readonly torchserve: { readonly inference: number; readonly management: number };
    readonly openInference: { readonly http: number };
    readonly tensorflowServing: { readonly rest: number };
  };
}
