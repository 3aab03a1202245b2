// An inference service whose answers say what answered, byte for byte: the root of the version.
import type { InferenceService } from "@sealserve/inference";
import type { Backend } from "../backend.ts";

/**
 * A version may be loaded or unloaded while a request is answered, so that it is looked for before and after. Where another took its place
 * meanwhile, none is told: a frontend then takes the answer for one that nobody measured.
 */
export function tellingRoots(service: InferenceService, { rootsNow }: Pick<Backend, "rootsNow">): InferenceService {
  return {
    async infer(request, signal) {
      const before = rootsNow();
      const response = await service.infer(request, signal);
      const { name, version } = response.model;
      const [first, last] = [before(name, version), rootsNow()(name, version)];
      const root = first ?? last;
      return root === null || (last !== null && last !== root) ? response : { ...response, root };
    },
    inferStream: (request, signal) => service.inferStream(request, signal),
    metadata: (model) => service.metadata(model),
    status: (model) => service.status(model),
    list: () => service.list(),
  };
}
