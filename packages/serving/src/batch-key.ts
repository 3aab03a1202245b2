// Which requests may share a batch: those with equal keys.
import { headerPrefix, type InferenceRequest, type ModelKind } from "@sealserve/inference";

/**
 * Input names, datatypes and shapes but for the first dimension, in the order of the inputs. Names are quoted, so that no name can look
 * like the rest of a key. Fields may be together whatever they are, since a handler takes each request apart; but a handler looks at the first
 * request only to learn whether it is asked for explanations.
 */
export function batchKey(kind: ModelKind, request: InferenceRequest): string {
  if (kind === "fields") return String(request.parameters?.[`${headerPrefix}explain`] ?? "");
  let key = "";
  for (const { name, datatype, shape } of request.inputs) {
    key += JSON.stringify(name) + datatype;
    for (let i = 1; i < shape.length; i++) key += `,${shape[i]}`;
  }
  return key;
}

/** Whether a request shares no batch: one that asks a handler to describe itself is answered with one description (TorchServe, `Model.java`). */
export function runsAlone(kind: ModelKind, { parameters }: InferenceRequest): boolean {
  return kind === "fields" && parameters?.[`${headerPrefix}describe`] === "True";
}
