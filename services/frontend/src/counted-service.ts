// An inference service whose requests are counted and timed, by the version that was asked.
import { type InferenceService, toInferenceError } from "@sealserve/inference";
import type { StatisticsRegistry } from "@sealserve/serving";

export interface CountedServiceParts {
  readonly statistics: StatisticsRegistry;
  /** Whether there is such a model, and such a version of it if one is given: requests for others are not counted. */
  knows(model: string, version: string | null): boolean;
}

/** Requests that name no version count under the version `default`. */
export function countedService(
  service: InferenceService,
  { statistics, knows }: CountedServiceParts,
): InferenceService {
  return {
    async infer(request, signal) {
      const { name, version } = request.model;
      if (!knows(name, version ?? null)) return service.infer(request, signal);
      const asked = statistics.of(name, version ?? "default");
      const begun = asked.begin();
      try {
        const response = await service.infer(request, signal);
        asked.succeed(begun);
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
