// What config.properties means: each key in the words of our configuration, and a warning where that is not safe or means nothing.
import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { launchSettings } from "./launch-settings.ts";
import { readProperties } from "./properties.ts";

const options = {
  modelStore: "/data/models",
  keyFile: "/data/key_file.json",
  disableTokens: false,
  enableModelApi: false,
  absolute: (path: string) => (path.startsWith("/") ? path : `/data/${path}`),
};

function meaning(text: string, more: Partial<typeof options> = {}) {
  const { settings, warnings } = launchSettings(readProperties(text, {}).properties, { ...options, ...more });
  return { at: (key: string) => settings[key], warned: warnings.map(({ key }) => key) };
}

test("a file that says nothing means what the original does untold", () => {
  const { at, warned } = meaning("");
  deepEqual(at("protocols.torchserve.inference"), { host: "127.0.0.1", port: 8080, tls: false });
  deepEqual(at("protocols.torchserve.grpcManagement"), { host: "127.0.0.1", port: 7071, tls: false });
  deepEqual(at("protocols.torchserve.tokens"), { keyFile: "/data/key_file.json", expiration: 3_600_000 });
  equal(at("protocols.torchserve.modelApi"), false);
  equal(at("protocols.openInference.http"), false);
  equal(at("maxBodySize"), 6_553_500);
  equal(at("modelControl"), "explicit");
  equal(at("management.changes"), "auto");
  equal(at("insecurePlaintext"), false);
  equal(at("tls"), null);
  deepEqual(warned, []);
});

test("addresses without a port have the original's, by their scheme", () => {
  const { at } = meaning(
    "inference_address=http://127.0.0.1\nmanagement_address=https://[::1]\nmetrics_address=unix:/run/m",
  );
  deepEqual(at("protocols.torchserve.inference"), { host: "127.0.0.1", port: 80, tls: false });
  deepEqual(at("protocols.torchserve.management"), { host: "::1", port: 8444, tls: true });
  equal(at("protocols.torchserve.metrics"), "unix:/run/m");
  equal(at("tls"), "self-signed");
  equal(meaning("enable_metrics_api=false").at("protocols.torchserve.metrics"), false);
});

test("plaintext outside loopback is as the file says, with a warning for each address", () => {
  const { at, warned } = meaning("inference_address=http://0.0.0.0:8080\ngrpc_inference_address=0.0.0.0");
  equal(at("insecurePlaintext"), true);
  deepEqual(warned, ["inference_address", "grpc_inference_address"]);
});

test("who may manage models: whoever has a token, whoever is here, or with a warning everybody", () => {
  const outside = "management_address=http://0.0.0.0:8081";
  equal(meaning(outside).at("management.changes"), "auto");
  equal(meaning("", { disableTokens: true }).at("management.changes"), "auto");
  equal(meaning("cors_allowed_origin=*\ndisable_token_authorization=true").at("management.changes"), "open");
  const open = meaning(outside, { disableTokens: true });
  equal(open.at("management.changes"), "open");
  equal(open.at("protocols.torchserve.tokens"), null);
  deepEqual(open.warned, ["management_address", "disable_token_authorization"]);
});

test("certificates are a key store, two files, or made", () => {
  const secure = "inference_address=https://127.0.0.1\n";
  const store = meaning(`${secure}keystore=keys.p12\nkeystore_pass=secret`);
  deepEqual(store.at("tls"), { keystore: "/data/keys.p12", password: "secret" });
  const files = meaning(`${secure}private_key_file=k.pem\ncertificate_file=/c.pem`);
  deepEqual(files.at("tls"), { cert: "/c.pem", key: "/data/k.pem" });
  throws(() => meaning(`${secure}private_key_file=k.pem`), { code: "value-refused" });
  throws(() => meaning(`${secure}keystore=k.jks\nkeystore_type=JKS`), { code: "value-refused" });
});

test("workers are told what the file says of them, and what means nothing is told", () => {
  const { at, warned } = meaning(
    "blacklist_env_vars=SECRET.*\nservice_envelope=kserve\nmax_response_size=10\nmetrics_config=m.yaml",
  );
  deepEqual(at("python.environmentDeny"), ["SECRET.*"]);
  equal(at("python.serviceEnvelope"), "kserve");
  equal(at("python.maxResponseSize"), 10);
  equal(at("python.metricsConfig"), "/data/m.yaml");
  deepEqual(warned, []);
});

test("connections over gRPC become as old as the file says", () => {
  const { at } = meaning("grpc_inference_max_connection_age_ms=5\ngrpc_management_max_connection_age_grace_ms=7");
  const ages = (kind: string) =>
    ["maxAge", "maxAgeGrace"].map((key) => at(`protocols.torchserve.grpcConnections.${kind}.${key}`));
  deepEqual(
    [ages("inference"), ages("management")],
    [
      [5, undefined],
      [undefined, 7],
    ],
  );
});

test("nothing is fetched untold; private addresses count where patterns name places", () => {
  equal(meaning("").at("allowedUrls"), undefined);
  const named = meaning("allowed_urls=https://s3.example/.*, http://10.0.0.5/.*");
  deepEqual(named.at("allowedUrls"), ["https://s3.example/.*", "http://10.0.0.5/.*"]);
  equal(named.at("allowPrivateAddresses"), true);
  equal(meaning("allowed_urls=http(s)?://.*").at("allowPrivateAddresses"), undefined);
});
