// An inference service that lets no answer out which the frontend's evidence did not name when its request came.
import { InferenceError, type InferenceResponse, type InferenceService } from "@sealserve/inference";
import type { ServedModels } from "./served-models.ts";

export interface NamedOnlyParts extends Pick<ServedModels, "named"> {
  /** Something answers that no report has told of. */
  readonly onUnnamed: () => void;
}

/**
 * Reports come a moment after what they tell of, and connections that were attested before are closed then: until that, whoever asks for a
 * version by default may get one that is new. Throws `model-set-changed` instead.
 */
export function namedOnly(service: InferenceService, { named, onUnnamed }: NamedOnlyParts): InferenceService {
  const checked = ({ root, ...response }: InferenceResponse, isNamed: ReturnType<typeof named>): InferenceResponse => {
    const { name: model, version } = response.model;
    if (isNamed(model, version, root)) return response;
    onUnnamed();
    throw new InferenceError("model-set-changed", { model, version });
  };
  return {
    async infer(request, signal) {
      const isNamed = named();
      return checked(await service.infer(request, signal), isNamed);
    },
    async *inferStream(request, signal) {
      const isNamed = named();
      for await (const response of service.inferStream(request, signal)) yield checked(response, isNamed);
    },
    metadata: (model) => service.metadata(model),
    status: (model) => service.status(model),
    list: () => service.list(),
  };
}
