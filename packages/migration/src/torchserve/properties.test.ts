// config.properties as TorchServe's users write it, and as they get it wrong.
import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import type { MigrationErrorCode } from "../migration-error.ts";
import { readProperties } from "./properties.ts";
import { readLoadModels, readStartupModels } from "./startup-models.ts";

const typical = String.raw`
# addresses
inference_address=http://0.0.0.0:8080
management_address : https://[::1]
metrics_address=unix:/run/metrics.sock
enable_envvars_config = TRUE
job_queue_size=1000
load_models=resnet-18=resnet.mar, \
  other.mar
models={\
  "noop": {\
    "1.0": {"defaultVersion": true, "marName": "noop.mar", "minWorkers": 1, "maxWorkers": 2, "batchSize": 4}\
  }\
}
model_store=$$STORE$$/models
vmargs=-Xmx4g
number_of_threads=3
unregister_model_timeout=5
default_service_handler=
`;

test("each key has a value of its kind, and what changes nothing is told by name", () => {
  const { properties, warnings } = readProperties(typical, { STORE: "/data", TS_JOB_QUEUE_SIZE: "7" });
  deepEqual(properties.inference_address, { kind: "tcp", tls: false, host: "0.0.0.0", port: 8080 });
  deepEqual(properties.management_address, { kind: "tcp", tls: true, host: "::1", port: null });
  deepEqual(properties.metrics_address, { kind: "unix", path: "/run/metrics.sock" });
  equal(properties.job_queue_size, 7);
  equal(properties.model_store, "/data/models");
  equal(properties.default_service_handler, undefined);
  deepEqual(
    warnings.map(({ key }) => key),
    ["vmargs", "number_of_threads", "unregister_model_timeout"],
  );
  deepEqual(readLoadModels(properties.load_models ?? ""), [
    { name: "resnet-18", url: "resnet.mar" },
    { name: null, url: "other.mar" },
  ]);
  deepEqual(readStartupModels("models", properties.models), [
    {
      ...{ name: "noop", version: "1.0", defaultVersion: true, marName: "noop.mar" },
      ...{ minWorkers: 1, maxWorkers: 2, batchSize: 4 },
    },
  ]);
});

test("variables count only where the file says so", () => {
  equal(readProperties("job_queue_size=5", { TS_JOB_QUEUE_SIZE: "7" }).properties.job_queue_size, 5);
  const both = { TS_ALLOWED_URLS: "https://a/.*" };
  equal(readProperties("enable_envvars_config=true", both).properties.allowed_urls, undefined);
  const text = "enable_envvars_config=true\nuse_env_allowed_urls=true";
  equal(readProperties(text, both).properties.allowed_urls, "https://a/.*");
});

test("variables have the names that the original gives them", () => {
  const environment = {
    TS_TOKEN_EXPIRATION_TIME_MIN: "0.5",
    TS_HEADER_KEY_SEQUENCE_ID: "x-sequence",
    TS_SERVICE_ENVELOPE: "json",
    TS_TS_HEADER_KEY_SEQUENCE_END: "x-end",
  };
  deepEqual(readProperties("enable_envvars_config=true", environment).properties, {
    ...{ enable_envvars_config: true, token_expiration_min: 0.5 },
    ...{ ts_header_key_sequence_id: "x-sequence", service_envelope: "json" },
  });
});

test("the variable of the Open Inference protocol counts in any case, and means one word", () => {
  const read = (text: string, value: string) =>
    readProperties(text, { TS_OPEN_INFERENCE_PROTOCOL: value }).properties.ts_open_inference_protocol;
  equal(read("", "oip"), true);
  equal(read("enable_envvars_config=true", "oip"), true);
  equal(read("ts_open_inference_protocol=true", "true"), false);
  equal(read("ts_open_inference_protocol=true", ""), true);
});

const refusals: readonly (readonly [text: string, code: MigrationErrorCode])[] = [
  ["job_queue_size=many", "value-refused"],
  ["job_queue_size=99999999999", "value-refused"],
  ["default_response_timeout=0", "value-refused"],
  ["default_startup_timeout=0", "value-refused"],
  ["max_request_size=-1", "value-refused"],
  ["max_response_size=0", "value-refused"],
  ["token_expiration_min=0", "value-refused"],
  ["token_expiration_min=-5", "value-refused"],
  ["token_expiration_min=soon", "value-refused"],
  ["inference_address=ftp://a", "value-refused"],
  ["inference_address=http://a:70000", "value-refused"],
  ["inference_address=8080", "value-refused"],
  ["models={", "value-refused"],
  ["blacklist_env_vars=(", "value-refused"],
  ["model_store=$$NOT_SET$$", "variable-missing"],
];

for (const [text, code] of refusals) {
  test(`${text} is refused`, () => {
    throws(() => readProperties(text, {}), { code });
  });
}

test("models without an archive, or with a number that is none, are refused", () => {
  for (const settings of [
    {},
    { marName: "" },
    { marName: "a.mar", minWorkers: -1 },
    { marName: "a.mar", batchSize: "4" },
    [],
  ]) {
    throws(() => readStartupModels("models", { a: { "1.0": settings } }), { code: "value-refused" });
  }
  throws(() => readStartupModels("models", []), { code: "value-refused" });
});

test("`all` among the models to load means all", () => {
  equal(readLoadModels("all"), "all");
  deepEqual(readLoadModels(" "), []);
  deepEqual(readLoadModels("a=https://x/y?b=c.mar"), [{ name: "a", url: "https://x/y?b=c.mar" }]);
  deepEqual(readLoadModels("https://x/y?b=c.mar"), [{ name: null, url: "https://x/y?b=c.mar" }]);
});
