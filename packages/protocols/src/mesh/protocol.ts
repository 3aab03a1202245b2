// The mesh's own calls on a backend's listener.
import type { AnyInferenceError } from "@sealserve/inference";
import { utf8 } from "@sealserve/primitives";
import type { HttpReply } from "../http/message.ts";
import { type AnswersOf, bindRoute, type Protocol } from "../http/protocol.ts";
import { meshRoutes } from "./routes.ts";

export type MeshAnswers = AnswersOf<typeof meshRoutes>;

export function meshProtocol(answers: MeshAnswers): Protocol {
  const handlers = [
    bindRoute(meshRoutes.report, answers.report),
    bindRoute(meshRoutes.modelMetrics, answers.modelMetrics),
    bindRoute(meshRoutes.desiredState, answers.desiredState),
    bindRoute(meshRoutes.fetchModel, answers.fetchModel),
  ];
  return {
    name: "mesh",
    handlers,
    claims: (path) => path.startsWith("/mesh/"),
    unmatched({ path }) {
      const known = handlers.some((handler) => handler.path.accepts(path));
      return known ? refusal(405, "Method Not Allowed") : refusal(404, "Not Found");
    },
    refuse: (error) => refusal(statusOf(error), error.message),
  };
}

function statusOf(error: AnyInferenceError): number {
  switch (error.code) {
    case "malformed":
      return 400;
    case "too-large":
      return 413;
    case "shutting-down":
      return 503;
    default:
      return 500;
  }
}

/** The same form as Open Inference's refusals, which share the listener. */
function refusal(status: number, error: string): HttpReply {
  return { status, headers: { "content-type": "application/json" }, body: [utf8(JSON.stringify({ error }))] };
}
