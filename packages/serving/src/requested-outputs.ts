// What of an answer the request asked for.
import { InferenceError, type InferenceRequest, type InferenceResponse } from "@sealserve/inference";

/**
 * The answer with the outputs that `request` names, in its order, and with its id.
 * Throws `unknown-output` where the answer has none of a name: some models say only then what they give.
 */
export function requestedOutputs(request: InferenceRequest, response: InferenceResponse): InferenceResponse {
  const { id, outputs: requested = [] } = request;
  if (requested.length === 0) return id === undefined || response.id === id ? response : { ...response, id };
  const outputs = requested.map(({ name }) => {
    const output = response.outputs.find((candidate) => candidate.name === name);
    if (output) return output;
    const expected = response.outputs.map((candidate) => candidate.name);
    throw new InferenceError("unknown-output", { model: response.model.name, output: name, expected });
  });
  return id === undefined ? { ...response, outputs } : { ...response, id, outputs };
}
