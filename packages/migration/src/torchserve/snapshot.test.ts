// Snapshots: what one says is read back as it was, whoever has written it.
import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { readProperties } from "./properties.ts";
import { snapshotText } from "./snapshot.ts";
import { readStartupModels } from "./startup-models.ts";

const model = {
  ...{ name: "resnet.v2", version: "1.0", defaultVersion: true, marName: "resnet.mar" },
  ...{ minWorkers: 0, maxWorkers: 2, batchSize: 4, maxBatchDelay: 100, responseTimeout: 120, startupTimeout: 60 },
  runtimeType: "python",
};

test("what is written is read: the models, what the file says, and what the command line says over it", () => {
  const text = "# a note\nload_models=all\nvmargs=-Xmx1g -Da=b:c\nmodel_store=$$STORE$$\nmodel_snapshot={}\n";
  const snapshot = { name: "20300101000000000-startup.cfg", created: 5, models: [model] };
  const written = snapshotText(text, { model_store: "/models: é" }, snapshot);
  const { properties } = readProperties(written, {});
  equal(properties.load_models, "all");
  equal(properties.model_store, "/models: é");
  const { models, ...others } = properties.model_snapshot as { readonly models: unknown };
  deepEqual(others, { name: snapshot.name, modelCount: 1, created: 5 });
  deepEqual(readStartupModels("model_snapshot.models", models), [model]);
  for (const line of written.trimEnd().split("\n")) equal(/^[a-z_]+=[\x20-\x7e]*$/.test(line), true, line);
});

test("the original's is read without a complaint about what it writes into every one", () => {
  const written = String.raw`#Saving snapshot
inference_address=http\://127.0.0.1\:28080
number_of_gpu=0
python=/usr/bin/python3
tsConfigFile=config.properties
version=0.12.0
model_snapshot={\n  "name"\: "20300101000000000-shutdown.cfg",\n  "modelCount"\: 1,\n  "created"\: 5,\n  "models"\: {\n    "echo"\: {\n      "1.0"\: {\n        "defaultVersion"\: true,\n        "marName"\: "echo.mar",\n        "minWorkers"\: 2,\n        "maxWorkers"\: 2,\n        "batchSize"\: 1,\n        "maxBatchDelay"\: 100,\n        "responseTimeout"\: 120,\n        "startupTimeout"\: 120,\n        "runtimeType"\: "python"\n      }\n    }\n  }\n}
`;
  const { properties, warnings } = readProperties(written, {});
  deepEqual(
    warnings.map(({ key }) => key),
    ["number_of_gpu"],
  );
  const { models } = properties.model_snapshot as { readonly models: unknown };
  const [found] = readStartupModels("model_snapshot.models", models);
  deepEqual([found?.name, found?.version, found?.marName, found?.minWorkers], ["echo", "1.0", "echo.mar", 2]);
});
