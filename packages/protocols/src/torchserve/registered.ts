// Which versions TorchServe's management API knows, and the one among them that it means where none is named.
import { InferenceError, type InferenceService, isInferenceError, type ModelStatus } from "@sealserve/inference";

/** A version that was unloaded as it should is gone; one that failed is still there to be looked at. */
export function isRegistered({ state, reason }: ModelStatus): boolean {
  return state !== "end" || reason !== undefined;
}

/** The newest version that serves, else the newest. */
export function defaultOf(newestFirst: readonly ModelStatus[]): ModelStatus {
  const chosen = newestFirst.find(({ state }) => state === "available") ?? newestFirst[0];
  if (chosen === undefined) throw new InferenceError("internal", {});
  return chosen;
}

/** The version that serves where none is named. */
export async function defaultVersion(service: InferenceService, newestFirst: readonly ModelStatus[]): Promise<string> {
  const { name, version } = defaultOf(newestFirst);
  try {
    const { version: serving } = await service.metadata({ name });
    // By the spelling that the others are asked by.
    return newestFirst.find((status) => status.version === serving)?.version ?? version;
  } catch (error) {
    if (!isInferenceError(error)) throw error;
    // None serves just now.
    return version;
  }
}
