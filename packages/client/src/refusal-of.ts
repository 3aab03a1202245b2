// The error that an answer of Open Inference tells which is not a success.
import { InferenceError, type ModelSpec } from "@sealserve/inference";
import type { HttpAnswer } from "@sealserve/protocols";
import { wasNotStarted } from "@sealserve/protocols/mesh";
import { readError } from "@sealserve/protocols/open-inference";

export type ReadRefusal = (answer: HttpAnswer) => InferenceError | null;

/** What the server, at `where`, did not begin with may go elsewhere; what it said about it is the cause. */
export function refusalOf(
  answer: HttpAnswer,
  model: ModelSpec,
  where: string,
  readRefusal?: ReadRefusal,
): InferenceError {
  const refused = readRefusal?.(answer) ?? readError(answer, model);
  if (!wasNotStarted(answer)) return refused;
  return new InferenceError("unreachable", { where, reason: "takes no request now", started: false }, refused);
}
