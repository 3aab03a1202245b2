// TorchServe's three listeners as protocols: the rows with their answers behind them.
import { bindRoute, type Protocol, type RouteHandler } from "../http/protocol.ts";
import { InferenceAnswers, type InferenceParts } from "./answers.ts";
import { ChangeAnswers } from "./change-answers.ts";
import { errorReply, unmatchedReply } from "./errors.ts";
import { replyHeaders } from "./json-reply.ts";
import { ManagementAnswers, type ManagementParts } from "./management-answers.ts";
import { torchserveChangeRoutes } from "./management-changes.ts";
import { torchserveManagementRoutes, torchserveMetricsRoutes } from "./management-routes.ts";
import { torchserveInferenceRoutes } from "./routes.ts";

export interface TorchserveParts {
  /** A random UUID: the `x-request-id` of a reply that no prediction named. */
  requestId(): string;
}

export interface MetricsParts extends TorchserveParts {
  /** Prometheus text of all metrics, or of those named. */
  metrics(names: readonly string[]): Promise<string>;
}

/** Paths of the original's inference API, those that are not built included: they are this listener's to refuse. */
const inferencePaths = /^\/$|^\/(?:ping|predictions|explanations|invocations|wfpredict|api-description)(?:\/|$)/;
const managementPaths = /^\/(?:models|workflows|token)(?:\/|$)/;
const metricsPaths = /^\/metrics$/;

export function torchserveInference(parts: InferenceParts): Protocol {
  const answers = new InferenceAnswers(parts);
  const prediction = bindRoute(torchserveInferenceRoutes.predict, (args, context) => answers.predict(args, context));
  // The original asks no method of a prediction; `curl -T` sends PUT.
  const others = ["PUT", "GET"].map((method): RouteHandler => ({ ...prediction, method }));
  const handlers = [bindRoute(torchserveInferenceRoutes.ping, () => answers.ping()), prediction, ...others];
  return protocol("torchserve.inference", parts, { handlers, paths: inferencePaths, otherMethods: /^\/$/ });
}

export function torchserveManagement(parts: ManagementParts & TorchserveParts): Protocol {
  const answers = new ManagementAnswers(parts);
  const handlers = [
    bindRoute(torchserveManagementRoutes.listModels, (args) => answers.listModels(args)),
    bindRoute(torchserveManagementRoutes.describeModel, (args) => answers.describeModel(args)),
  ];
  if (parts.changes) handlers.push(...changing(new ChangeAnswers(parts.service, parts.changes)));
  const otherMethods = /^\/$|^\/models\/[^/]+\/[^/]+\/set-default$/;
  return protocol("torchserve.management", parts, { handlers, paths: managementPaths, otherMethods });
}

function changing(answers: ChangeAnswers): readonly RouteHandler[] {
  return [
    bindRoute(torchserveChangeRoutes.registerModel, (args, context) => answers.register(args, context)),
    bindRoute(torchserveChangeRoutes.setDefault, (args, context) => answers.setDefault(args, context)),
    bindRoute(torchserveChangeRoutes.scaleModel, (args, context) => answers.scale(args, context)),
    bindRoute(torchserveChangeRoutes.unregisterModel, (args, context) => answers.unregister(args, context)),
  ];
}

export function torchserveMetrics(parts: MetricsParts): Protocol {
  const handlers = [bindRoute(torchserveMetricsRoutes.metrics, ({ names }) => parts.metrics(names))];
  return protocol("torchserve.metrics", parts, { handlers, paths: metricsPaths, otherMethods: /^$/ });
}

interface Listener {
  readonly handlers: readonly RouteHandler[];
  readonly paths: RegExp;
  /** Paths that the original has, with methods that are not built. */
  readonly otherMethods: RegExp;
}

function protocol(name: string, { requestId }: TorchserveParts, { handlers, paths, otherMethods }: Listener): Protocol {
  return {
    name,
    handlers,
    claims: (path) => paths.test(path),
    unmatched: ({ path }) =>
      unmatchedReply(otherMethods.test(path) || handlers.some((handler) => handler.path.accepts(path))),
    refuse: errorReply,
    replyHeaders: (status) => replyHeaders(status, requestId()),
  };
}
