// Which requests may share a batch: those with equal keys.
import type { InferenceRequest, ModelKind } from "@sealserve/inference";

/**
 * Input names, datatypes and shapes but for the first dimension, in the order of the inputs. Names are quoted, so that no name can look
 * like the rest of a key. Fields may be together whatever they are, since a handler takes each request apart.
 */
export function batchKey(kind: ModelKind, request: InferenceRequest): string {
  if (kind === "fields") return "";
  let key = "";
  for (const { name, datatype, shape } of request.inputs) {
    key += JSON.stringify(name) + datatype;
    for (let i = 1; i < shape.length; i++) key += `,${shape[i]}`;
  }
  return key;
}
