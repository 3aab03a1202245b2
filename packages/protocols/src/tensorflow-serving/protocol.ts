// TensorFlow Serving's REST listener as a protocol: the rows with their answers behind them.
import { InferenceError } from "@sealserve/inference";
import { type PathPattern, pathPattern } from "../http/path-pattern.ts";
import { bindRoute, type Protocol, type RouteHandler } from "../http/protocol.ts";
import { type PredictionParts, TensorflowServingAnswers } from "./answers.ts";
import { errorReply, malformedRequest, toErrorAnswer } from "./errors.ts";
import { modelPath } from "./model-path.ts";
import { tensorflowServingRoutes } from "./routes.ts";

export interface TensorflowServingParts extends PredictionParts {
  /** Prometheus text. */
  metrics(): Promise<string>;
}

export function tensorflowServing(parts: TensorflowServingParts): Protocol {
  const routes = tensorflowServingRoutes(parts);
  const answers = new TensorflowServingAnswers(parts);
  return {
    name: "tensorflowServing.rest",
    handlers: [
      bindRoute(routes.predict, (args, context) => answers.predict(args, context)),
      bindRoute(routes.metadata, (model) => answers.metadata(model)),
      bindRoute(routes.status, (model) => answers.status(model)),
      bindRoute(routes.metrics, () => parts.metrics()),
      refusal("listModels", "GET", pathPattern("/v1/models", { ignoreCase: true }), () => {
        throw new InferenceError("malformed", { problem: "Missing model name in request." });
      }),
      ...["classify", "regress"].map((method) =>
        refusal(method, "POST", modelPath(`:${method}`), () => {
          throw new InferenceError("unsupported", { what: `the method ${method}` });
        }),
      ),
    ],
    claims: (path) => isApiPath(path) || routes.metrics.path.accepts(path),
    unmatched: ({ method, path, query }) =>
      isApiPath(path)
        ? errorReply({ status: 400, message: malformedRequest(method, path, query) })
        : errorReply({ status: 404, message: "Not Found" }),
    refuse: (error) => errorReply(toErrorAnswer(error)),
  };
}

/** A call that the original has and that is always refused here. */
function refusal(name: string, method: string, path: PathPattern, refuse: () => never): RouteHandler {
  return { name, method, path, handle: async () => refuse() };
}

function isApiPath(path: string): boolean {
  return /^\/v1\//i.test(path);
}
