// An inference service whose requests are counted and timed, by the version that answered.
import { type InferenceRequest, type InferenceService, toInferenceError } from "@sealserve/inference";
import type { StatisticsRegistry } from "@sealserve/serving";
import type { FoundVersion } from "./served-models.ts";

export interface CountedServiceParts {
  readonly statistics: StatisticsRegistry;
  /** What a request for the model, or for this version of it, is for; null: there is no such thing, and requests for it are not counted. */
  find(model: string, version: string | null): FoundVersion | null;
}

/** A request that fails counts under the version that it was for; what no engine elsewhere tells, such as executions, is not counted. */
export function countedService(service: InferenceService, { statistics, find }: CountedServiceParts): InferenceService {
  return {
    async infer(request, signal) {
      const { name, version } = request.model;
      const found = find(name, version ?? null);
      if (!found) return service.infer(request, signal);
      const asked = statistics.of(name, found.version);
      const begun = asked.begin();
      try {
        const response = await service.infer(request, signal);
        const { version: by } = find(name, response.model.version) ?? found;
        const answered = statistics.of(name, by);
        if (answered !== asked) asked.pass(answered);
        answered.succeed(begun);
        answered.recordAnswer(found.batched ? rowsOf(request) : 1);
        return response;
      } catch (error) {
        asked.fail(begun, toInferenceError(error));
        throw error;
      }
    },
    inferStream: (request, signal) => service.inferStream(request, signal),
    metadata: (model) => service.metadata(model),
    status: (model) => service.status(model),
    list: () => service.list(),
  };
}

function rowsOf({ inputs: [first] }: InferenceRequest): number {
  return first?.shape[0] ?? 1;
}
