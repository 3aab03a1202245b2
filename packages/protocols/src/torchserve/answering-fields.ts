// Models of either kind asked as handlers are: whoever has fields need not know which model takes tensors.
import {
  contentTypeParameter,
  decodeByteStrings,
  encodeByteStrings,
  type InferenceService,
  type Tensor,
} from "@sealserve/inference";
import type { Pause } from "../json/index.ts";
import type { Field } from "./fields.ts";
import { tensorsRequest, tensorsResult } from "./tensor-prediction.ts";

/** A request of fields for a model that takes tensors is read, and its answer written, as by a prediction over HTTP. */
export function answeringFields(
  service: Pick<InferenceService, "infer" | "metadata">,
  { pause }: { readonly pause: Pause },
): Pick<InferenceService, "infer"> {
  return {
    async infer(request, signal) {
      const metadata = await service.metadata(request.model);
      if (metadata.kind === "fields") return service.infer(request, signal);
      const { model, id = "", timeout, inputs } = request;
      const given = await tensorsRequest({ model, fields: inputs.map(fieldOf) }, metadata, id, pause);
      const answer = await service.infer({ ...given, ...(timeout === undefined ? {} : { timeout }) }, signal);
      const { body } = await tensorsResult(answer, pause);
      const parameters = { [contentTypeParameter]: "application/json" };
      const bytes = encodeByteStrings([body]);
      return { ...answer, outputs: [{ name: "body", datatype: "BYTES", shape: [1], bytes, parameters }] };
    },
  };
}

function fieldOf({ name, bytes, parameters }: Tensor): Field {
  const mediaType = parameters?.[contentTypeParameter];
  const [element = new Uint8Array()] = decodeByteStrings(name, bytes);
  return { name, mediaType: mediaType === undefined ? null : String(mediaType), bytes: element };
}
