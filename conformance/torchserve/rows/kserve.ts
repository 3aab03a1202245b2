// The paths of KServe v1 and v2, of SageMaker, and the server's own v2 calls.
import { json, type Row, rowsOn, typed } from "../row.ts";

const inference = rowsOn("inference");
const management = rowsOn("management");
const first = rowsOn("inference", { server: "kserve" });
const second = rowsOn("inference", { server: "kservev2" });
const v2 = { inputs: [{ name: "input-0", shape: [3], datatype: "INT64", data: [1, 2, 3] }] };

export const kserveRows: readonly Row[] = [
  management("a folder whose manifest names an envelope", "POST /models?url=kserve-sum&initial_workers=1"),
  inference("the manifest's envelope", "POST /predictions/kserve-sum", {
    ...json({ instances: [[1, 2]] }),
    differs:
      "an archive that names its envelope gets it; the original puts that of config.properties, or none, in its place",
  }),
  management("that folder goes", "DELETE /models/kserve-sum"),
  first("v1 predict", "POST /v1/models/sum:predict", json({ instances: [[1, 2]] })),
  first(
    "v1 predict of two instances",
    "POST /v1/models/sum:predict",
    json({
      instances: [
        [1, 2],
        [3, 4],
      ],
    }),
  ),
  first("v1 explain", "POST /v1/models/sum:explain", json({ instances: [[1, 2]] })),
  first("v1 predict without instances", "POST /v1/models/sum:predict", json({})),
  first("the envelope on the ordinary path", "POST /predictions/sum", json({ instances: [[1, 2]] })),
  first(
    "v1 predict, bytes of JSON",
    "POST /v1/models/sum:predict",
    typed("application/octet-stream", '{"instances":[[1,2]]}'),
  ),
  first("v1 predict, no JSON", "POST /v1/models/sum:predict", typed("text/plain", "hello")),
  inference("v1 predict without the envelope", "POST /v1/models/echo:predict", json({ instances: [1] })),
  inference("v1 predict by GET", "GET /v1/models/echo:predict"),
  inference("v1 predict of an unknown model", "POST /v1/models/nothing:predict", json({ instances: [1] })),
  inference("v1, an unknown act", "POST /v1/models/echo:dance", json({ instances: [1] })),
  inference("v1 without an act", "POST /v1/models/echo", json({ instances: [1] })),
  inference("v1 readiness on the inference listener", "GET /v1/models/echo"),
  management("v1 readiness", "GET /v1/models/echo"),
  management("v1 readiness of an unknown model", "GET /v1/models/nothing"),
  management("v1 list", "GET /v1/models"),
  second("v2 infer", "POST /v2/models/sum/infer", { ...json({ id: "mine", ...v2 }) }),
  second("v2 infer without an ID", "POST /v2/models/sum/infer", json(v2)),
  second("v2 infer of broken JSON", "POST /v2/models/sum/infer", typed("application/json", "{")),
  second(
    "v2 infer of two inputs",
    "POST /v2/models/sum/infer",
    json({ id: "mine", inputs: [...v2.inputs, { ...v2.inputs[0], name: "input-1" }] }),
  ),
  second(
    "v2 infer of a matrix",
    "POST /v2/models/sum/infer",
    json({ id: "mine", inputs: [{ ...v2.inputs[0], shape: [1, 3] }] }),
  ),
  second("v2 explain", "POST /v2/models/sum/explain", json({ id: "mine", ...v2 })),
  second(
    "v2 infer of a shape that does not fit",
    "POST /v2/models/sum/infer",
    json({ inputs: [{ ...v2.inputs[0], shape: [2] }] }),
  ),
  second("v2 on the ordinary path", "POST /predictions/sum", json({ id: "mine", ...v2 })),
  inference("v2 infer without the envelope", "POST /v2/models/echo/infer", json(v2)),
  inference("v2 explain without the envelope", "POST /v2/models/echo/explain", json(v2)),
  inference("v2 infer of an unknown model", "POST /v2/models/nothing/infer", json(v2)),
  inference("v2 infer of a version", "POST /v2/models/echo/versions/1.0/infer", json(v2)),
  inference("v2, an unknown act", "POST /v2/models/echo/dance", json(v2)),
  inference("v2 readiness of a model", "GET /v2/models/echo/ready"),
  inference("v2 metadata of a model", "GET /v2/models/echo"),
  inference("v2 metadata of the server", "GET /v2"),
  inference("v2 liveness", "GET /v2/health/live"),
  inference("v2 readiness", "GET /v2/health/ready"),
  inference("v2 liveness by POST", "POST /v2/health/live"),
  inference("v2 health, something else", "GET /v2/health/other"),
  inference("SageMaker's path with a model", "POST /invocations?model_name=echo", typed("text/plain", "hello")),
  inference("SageMaker's path, several models and none named", "POST /invocations", typed("text/plain", "hello")),
  inference("SageMaker's path, an unknown model", "POST /invocations?model_name=nothing", typed("text/plain", "hello")),
  inference(
    "SageMaker's path, a form names the model",
    "POST /invocations",
    typed("application/x-www-form-urlencoded", "model_name=echo&data=a"),
  ),
  inference("SageMaker's path, the model in JSON", "POST /invocations", json({ model_name: "echo" })),
  inference("SageMaker's path of several models", "POST /models/echo/invoke", typed("text/plain", "hello")),
  inference(
    "SageMaker's path of an unknown one of several",
    "POST /models/nothing/invoke",
    typed("text/plain", "hello"),
  ),
  inference("a model's path on the inference listener", "GET /models/echo"),
];
