// What a prediction fails with, as TorchServe tells it: a version that has gone is not there, and only what was asked for is named.
import { InferenceError, type InferenceService, isInferenceError, type ModelSpec } from "@sealserve/inference";
import { isRegistered } from "./registered.ts";

/** What `error`, of a request for `model`, is to be thrown as. */
export async function asAsked(error: unknown, model: ModelSpec, service: InferenceService): Promise<unknown> {
  const found = (await gone(error, model, service)) ?? error;
  // The sentence about a missing worker names a version only where the request did.
  if (model.version !== undefined || !isInferenceError(found)) return found;
  if (found.code === "no-instance") return new InferenceError("no-instance", { ...found.facts, version: "" }, found);
  if (found.code === "queue-full") return new InferenceError("queue-full", { ...found.facts, version: "" }, found);
  return found;
}

/** A version that was unloaded is not there at all, however well it is remembered. */
async function gone(
  error: unknown,
  { name, version }: ModelSpec,
  service: InferenceService,
): Promise<InferenceError | null> {
  if (!isInferenceError(error) || error.code !== "model-not-ready" || error.facts.state !== "end") return null;
  const left = (await service.list()).filter((status) => status.name === name && isRegistered(status));
  if (left.length === 0) return new InferenceError("model-not-found", { model: name }, error);
  if (version === undefined || left.some((status) => status.version === version)) return null;
  return new InferenceError("version-not-found", { model: name, version }, error);
}
