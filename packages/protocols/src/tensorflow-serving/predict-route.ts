// The prediction's row of TensorFlow Serving's table: which model, which format, and the JSON value as it lies in the body.
import { InferenceError } from "@sealserve/inference";
import { concatBytes, utf8 } from "@sealserve/primitives";
import type { Route } from "../http/route.ts";
import { JsonReader, type Pause, runPaced } from "../json/index.ts";
import { type PredictFormat, readPredictDocument } from "../json-tensors/index.ts";
import type { PredictArguments, PredictResult } from "./documents.ts";
import { jsonBytesReply } from "./json-reply.ts";
import { fillModel, modelPath, readModel } from "./model-path.ts";

const requestKeys: Readonly<Record<PredictFormat, string>> = { row: "instances", column: "inputs" };
const replyKeys: Readonly<Record<PredictFormat, string>> = { row: "predictions", column: "outputs" };

/** `POST …:predict`. Bytes behind the document are refused; the original passes them over, whatever they are. */
export function predictRoute({ pause }: { readonly pause: Pause }): Route<PredictArguments, PredictResult> {
  const path = modelPath(":predict");
  return {
    name: "predict",
    method: "POST",
    path,
    writeRequest({ model, signatureName, format, value }) {
      const head = `{"signature_name":${JSON.stringify(signatureName)},"${requestKeys[format]}":`;
      return {
        method: "POST",
        path: fillModel(path, model),
        query: "",
        headers: { "content-type": "application/json" },
        body: concatBytes([utf8(head), value, utf8("}")]),
      };
    },
    async readRequest(request, captured) {
      const model = readModel(request, captured);
      const { body } = request;
      if (body.length === 0)
        throw new InferenceError("malformed", { problem: "JSON Parse error: The document is empty" });
      const reader = new JsonReader(body);
      const { signatureName, format, range } = await runPaced(readPredictDocument(reader), pause);
      reader.end();
      return { model, signatureName, format, value: body.subarray(range.start, range.end) };
    },
    writeReply: ({ format, value }) =>
      jsonBytesReply(200, concatBytes([utf8(`{\n    "${replyKeys[format]}": `), value, utf8("\n}\n")])),
    readReply({ body }) {
      const reader = new JsonReader(body);
      reader.beginObject();
      const format = reader.nextKey() === replyKeys.column ? "column" : "row";
      const { start, end } = reader.skip();
      return { format, value: body.subarray(start, end) };
    },
  };
}
