// Which variables are Kubernetes' and which are faults of whoever wrote them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { loadConfig } from "./load-config.ts";
import { serviceLinks } from "./service-links.ts";
import { portSetting } from "./settings.ts";

/** Of a service `sealserve-broker` with the port 8440 named `https-api`, as a pod gets them. */
const links = {
  SEALSERVE_BROKER_SERVICE_HOST: "10.96.7.4",
  SEALSERVE_BROKER_SERVICE_PORT: "8440",
  SEALSERVE_BROKER_SERVICE_PORT_HTTPS_API: "8440",
  SEALSERVE_BROKER_PORT: "tcp://10.96.7.4:8440",
  SEALSERVE_BROKER_PORT_8440_TCP: "tcp://10.96.7.4:8440",
  SEALSERVE_BROKER_PORT_8440_TCP_PROTO: "tcp",
  SEALSERVE_BROKER_PORT_8440_TCP_PORT: "8440",
  SEALSERVE_BROKER_PORT_8440_TCP_ADDR: "10.96.7.4",
};

const schema = z.strictObject({
  port: portSetting.default(1),
  broker: z.strictObject({ port: portSetting }).optional(),
});
const load = (env: Readonly<Record<string, string>>) => loadConfig(schema, { file: null, env, flags: {} });

test("a service that is named like us ends no start, and sets nothing", () => {
  assert.deepEqual(load(links), { port: 1 });
  assert.deepEqual([...serviceLinks(links, "SEALSERVE_")], Object.keys(links));
});

test("over IPv6, over other protocols, and of a service that has our very name", () => {
  const six = {
    SEALSERVE_SERVICE_HOST: "fd00::4",
    SEALSERVE_SERVICE_PORT: "53",
    SEALSERVE_PORT: "udp://[fd00::4]:53",
    SEALSERVE_PORT_53_UDP: "udp://[fd00::4]:53",
    SEALSERVE_PORT_53_UDP_PROTO: "udp",
    SEALSERVE_PORT_53_UDP_PORT: "53",
    SEALSERVE_PORT_53_UDP_ADDR: "fd00::4",
  };
  assert.deepEqual(load(six), { port: 1 });
});

test("a setting of the same name is still one, where its value is one", () => {
  assert.deepEqual(load({ ...links, SEALSERVE_PORT: "9", SEALSERVE_BROKER_PORT: "7" }), {
    port: 9,
    broker: { port: 7 },
  });
});

for (const [what, env] of [
  ["a link without its service", { SEALSERVE_CACHE_PORT_8440_TCP_PORT: "8440" }],
  ["a host that is a name", { SEALSERVE_BROKER_SERVICE_HOST: "broker.example" }],
  ["a port that is none", { ...links, SEALSERVE_BROKER_SERVICE_PORT: "70000" }],
  ["an endpoint of another kind", { ...links, SEALSERVE_BROKER_PORT: "http://10.96.7.4:8440" }],
  ["an endpoint without an address", { ...links, SEALSERVE_BROKER_PORT_8440_TCP: "tcp://broker:8440" }],
  ["another ending", { ...links, SEALSERVE_BROKER_PORT_8440_TCP_NAME: "x" }],
  ["a key of a service's name", { ...links, SEALSERVE_BROKER_URL: "10.96.7.4" }],
] as const) {
  test(`${what} is a fault`, () => {
    assert.throws(() => load(env), { code: "configuration-invalid" });
  });
}
