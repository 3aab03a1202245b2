// An inference service whose answers say what answered, byte for byte: the root of the version.
import type { InferenceResponse, InferenceService } from "@sealserve/inference";
import type { Backend } from "../backend.ts";

/**
 * A version may be loaded or unloaded while a request is answered, so that it is looked for before and after. Where another took its place
 * meanwhile, none is told: a frontend then takes the answer for one that nobody measured.
 */
export function tellingRoots(service: InferenceService, { rootsNow }: Pick<Backend, "rootsNow">): InferenceService {
  const told = (response: InferenceResponse, before: ReturnType<typeof rootsNow>): InferenceResponse => {
    const { name, version } = response.model;
    const [first, last] = [before(name, version), rootsNow()(name, version)];
    const root = first ?? last;
    return root === null || (last !== null && last !== root) ? response : { ...response, root };
  };
  return {
    async infer(request, signal) {
      const before = rootsNow();
      return told(await service.infer(request, signal), before);
    },
    async *inferStream(request, signal) {
      const before = rootsNow();
      for await (const response of service.inferStream(request, signal)) yield told(response, before);
    },
    metadata: (model) => service.metadata(model),
    status: (model) => service.status(model),
    list: () => service.list(),
  };
}
