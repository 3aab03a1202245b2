// The backend's service, whose statuses also say why a version's last change was not taken.
import type { InferenceService } from "@sealserve/inference";
import type { Renewals } from "./renewals.ts";

export function explaining(service: InferenceService, renewals: Pick<Renewals, "explain">): InferenceService {
  return {
    infer: (request, signal) => service.infer(request, signal),
    inferStream: (request, signal) => service.inferStream(request, signal),
    metadata: (model) => service.metadata(model),
    status: async (model) => renewals.explain(await service.status(model)),
    list: async () => renewals.explain(await service.list()),
  };
}
