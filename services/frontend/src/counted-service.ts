// An inference service whose requests are counted and timed, by the version that answered.
import {
  type AnyInferenceError,
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  type InferenceService,
  toInferenceError,
} from "@sealserve/inference";
import type { ModelStatistics, StatisticsRegistry } from "@sealserve/serving";
import type { FoundVersion } from "./served-models.ts";

export interface CountedServiceParts {
  readonly statistics: StatisticsRegistry;
  /** What a request for the model, or for this version of it, is for; null: there is no such thing, and requests for it are not counted. */
  find(model: string, version: string | null): FoundVersion | null;
}

interface CountedRequest {
  readonly request: InferenceRequest;
  readonly found: FoundVersion;
  /** Of the version that it was for. */
  readonly asked: ModelStatistics;
  readonly begun: number;
}

/**
 * A request that fails counts under the version that it was for; what no engine elsewhere tells, such as executions, is not counted. A stream is one request: it
 * succeeds where it was read to its end.
 */
export function countedService(service: InferenceService, { statistics, find }: CountedServiceParts): InferenceService {
  const succeed = (
    { request, found, asked, begun }: CountedRequest,
    { model: { name, version } }: InferenceResponse,
  ): void => {
    const { version: by } = find(name, version) ?? found;
    const answered = statistics.of(name, by);
    if (answered !== asked) asked.pass(answered);
    answered.succeed(begun);
    answered.recordAnswer(found.batched ? rowsOf(request) : 1);
  };
  const count = (request: InferenceRequest): CountedRequest | null => {
    const { name, version } = request.model;
    const found = find(name, version ?? null);
    if (!found) return null;
    const asked = statistics.of(name, found.version);
    return { request, found, asked, begun: asked.begin() };
  };
  return {
    async infer(request, signal) {
      const counted = count(request);
      if (!counted) return service.infer(request, signal);
      try {
        const response = await service.infer(request, signal);
        succeed(counted, response);
        return response;
      } catch (error) {
        counted.asked.fail(counted.begun, toInferenceError(error));
        throw error;
      }
    },
    async *inferStream(request, signal) {
      const counted = count(request);
      let failure: AnyInferenceError | null = null;
      let last: InferenceResponse | null = null;
      let ended = false;
      try {
        for await (const response of service.inferStream(request, signal)) {
          last = response;
          yield response;
        }
        ended = true;
      } catch (error) {
        failure = toInferenceError(error);
        throw error;
      } finally {
        if (counted && ended && last) succeed(counted, last);
        else counted?.asked.fail(counted.begun, failure ?? new InferenceError("cancelled", {}));
      }
    },
    metadata: (model) => service.metadata(model),
    status: (model) => service.status(model),
    list: () => service.list(),
  };
}

function rowsOf({ inputs: [first] }: InferenceRequest): number {
  return first?.shape[0] ?? 1;
}
