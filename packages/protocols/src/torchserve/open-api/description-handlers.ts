// The handlers that give a listener's OpenAPI document, and that of one model.
import type { InferenceService, ModelSpec } from "@sealserve/inference";
import type { RouteHandler } from "../../http/protocol.ts";
import { jsonReply } from "../json-reply.ts";
import { torchservePath } from "../torchserve-path.ts";
import type { OpenApi } from "./document.ts";

/** The name of routes that are answered without a token. */
export const descriptionName = "apiDescription";

/** `OPTIONS /`, and the path of old. */
export function descriptionHandlers(document: OpenApi): readonly RouteHandler[] {
  return [
    { method: "OPTIONS", path: torchservePath("/") },
    { method: "GET", path: torchservePath("/api-description") },
  ].map((route) => ({ ...route, name: descriptionName, handle: async () => jsonReply(200, document) }));
}

/** `OPTIONS` of a model's path. Throws what a model that is not there is refused with. */
export function modelDescriptionHandler(
  pattern: string,
  describe: (model: string) => OpenApi,
  service: Pick<InferenceService, "status">,
): RouteHandler {
  return {
    ...{ name: "modelDescription", method: "OPTIONS", path: torchservePath(pattern) },
    async handle(_, { model = "", version }) {
      const spec: ModelSpec = version === undefined ? { name: model } : { name: model, version };
      await service.status(spec);
      return jsonReply(200, describe(model));
    },
  };
}
