// TorchServe's management listener: the rows with their answers behind them.
import { bindRoute, type Protocol, type RouteHandler } from "../http/protocol.ts";
import { ChangeAnswers } from "./change-answers.ts";
import { type TorchserveParts, torchserveListener } from "./listener.ts";
import { ManagementAnswers, type ManagementParts } from "./management-answers.ts";
import { torchserveChangeRoutes } from "./management-changes.ts";
import { torchserveManagementRoutes } from "./management-routes.ts";
import { descriptionHandlers, descriptionName, modelDescriptionHandler } from "./open-api/description-handlers.ts";
import { managementDescription, modelDescription } from "./open-api/index.ts";
import { renewToken, type TokenParts, tokenRoute } from "./token-route.ts";
import { type WorkflowParts, workflowManagement } from "./workflows/index.ts";

export interface ManagementListenerParts extends ManagementParts, TorchserveParts, WorkflowParts {
  /** Left out: there are no tokens to renew. */
  readonly tokens?: TokenParts;
}

const managementPaths = /^\/(?:models|workflows|token|api-description)(?:\/|$)/;
const otherMethods = /^\/$|^\/models\/[^/]+\/[^/]+\/set-default\/?$/;

/** Of workflows, which bring models with them: where models are not registered, they are not, either. */
const bringing: ReadonlySet<string> = new Set(["registerWorkflow", "unregisterWorkflow"]);

export function torchserveManagement(parts: ManagementListenerParts): Protocol {
  const { service, tokens } = parts;
  const answers = new ManagementAnswers(parts);
  const { listModels, describeModel, modelReady } = torchserveManagementRoutes;
  const handlers = [
    ...descriptionHandlers(managementDescription),
    modelDescriptionHandler("/models/{model}[/{version}]", modelDescription, service),
    bindRoute(listModels, (args) => answers.listModels(args)),
    bindRoute(describeModel, (args, context) => answers.describeModel(args, context)),
    bindRoute(modelReady, ({ name }) => answers.modelReady(name)),
    ...(tokens ? [{ ...bindRoute(tokenRoute, (args) => renewToken(args, tokens)), method: "*" }] : []),
    ...(parts.changes ? changing(new ChangeAnswers(service, parts.changes), parts.modelApi ?? true) : []),
    ...workflowManagement(parts).filter(({ name }) => (parts.modelApi ?? true) || !bringing.has(name)),
  ];
  return torchserveListener(
    {
      ...{ name: "torchserve.management", kind: "management", handlers, paths: managementPaths, otherMethods },
      // The call for tokens is by a key of its own.
      open: [descriptionName, tokenRoute.name],
    },
    parts,
  );
}

function changing(answers: ChangeAnswers, modelApi: boolean): readonly RouteHandler[] {
  const { registerModel, setDefault, scaleModel, unregisterModel } = torchserveChangeRoutes;
  return [
    bindRoute(setDefault, (args, context) => answers.setDefault(args, context)),
    bindRoute(scaleModel, (args, context) => answers.scale(args, context)),
    ...(modelApi
      ? [
          bindRoute(registerModel, (args, context) => answers.register(args, context)),
          bindRoute(unregisterModel, (args, context) => answers.unregister(args, context)),
        ]
      : []),
  ];
}
