// The backend's service, whose statuses also say what the manager does not know: why a change was not taken, when a key is asked for again.
import type { InferenceService, ModelStatus } from "@sealserve/inference";

export type ExplainStatuses = (statuses: readonly ModelStatus[]) => readonly ModelStatus[];

export function explaining(service: InferenceService, explain: ExplainStatuses): InferenceService {
  return {
    infer: (request, signal) => service.infer(request, signal),
    inferStream: (request, signal) => service.inferStream(request, signal),
    metadata: (model) => service.metadata(model),
    status: async (model) => explain(await service.status(model)),
    list: async () => explain(await service.list()),
  };
}
