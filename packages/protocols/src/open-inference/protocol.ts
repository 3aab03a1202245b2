// The Open Inference Protocol v2 on one listener: the table with its answers behind it.
import type { InferenceResponse } from "@sealserve/inference";
import type { HttpHeaders } from "../http/message.ts";
import { bindRoute, type Protocol, type RouteHandler } from "../http/protocol.ts";
import { eventLoopPause, type Pause } from "../json/index.ts";
import { type OpenInferenceParts, openInferenceAnswers } from "./answers.ts";
import { errorReply, refuse } from "./errors.ts";
import { openInferenceRoutes } from "./routes.ts";

export interface OpenInferenceProtocolParts extends OpenInferenceParts {
  readonly pause?: Pause;
  /** Headers beside those of the protocol with the answer to a request; left out: none. */
  tellAnswer?(response: InferenceResponse): HttpHeaders;
}

/** As Triton 2.x serves it on its HTTP port, over `service`. */
export function openInference(parts: OpenInferenceProtocolParts): Protocol {
  const routes = openInferenceRoutes({ inputForm: "binary" }, { pause: parts.pause ?? eventLoopPause() });
  const infer: typeof routes.infer = {
    ...routes.infer,
    async writeReply(response, args) {
      const reply = await routes.infer.writeReply(response, args);
      return parts.tellAnswer ? { ...reply, headers: { ...reply.headers, ...parts.tellAnswer(response) } } : reply;
    },
  };
  const answers = openInferenceAnswers(parts);
  const handlers: readonly RouteHandler[] = [
    bindRoute(infer, answers.infer),
    bindRoute(routes.serverMetadata, answers.serverMetadata),
    bindRoute(routes.live, answers.live),
    bindRoute(routes.ready, answers.ready),
    bindRoute(routes.modelReady, answers.modelReady),
    bindRoute(routes.modelMetadata, answers.modelMetadata),
    bindRoute(routes.repositoryIndex, answers.repositoryIndex),
    bindRoute(routes.load, answers.load),
    bindRoute(routes.unload, answers.unload),
  ];
  return {
    name: "openInference.http",
    handlers,
    claims: (path) => path === "/v2" || path.startsWith("/v2/"),
    unmatched({ path }) {
      const known = handlers.some((handler) => handler.path.accepts(path));
      return known ? errorReply(405, "Method Not Allowed") : errorReply(404, "Not Found");
    },
    refuse,
  };
}
