// What answers the calls about workflows, over whoever runs them.
import { bindRoute, type RouteHandler } from "../../http/protocol.ts";
import { pageOf } from "../page.ts";
import { badRequest, TorchserveRefusal } from "../refusal.ts";
import { leavesBody } from "./leaves-body.ts";
import { torchserveWorkflowRoutes } from "./workflow-routes.ts";
import type { WorkflowParts } from "./workflow-service.ts";

const { predictWorkflow, listWorkflows, describeWorkflow, registerWorkflow, unregisterWorkflow } =
  torchserveWorkflowRoutes;

/** Of the inference listener, for any method. */
export function workflowPrediction({ workflows }: WorkflowParts, requestId: () => string): RouteHandler {
  const handler = bindRoute(predictWorkflow, async ({ name, ...given }, { signal }) => {
    const answers = await workflows?.predict(name, { id: requestId(), ...given }, signal);
    return answers ? leavesBody(answers) : notFound(name);
  });
  return { ...handler, method: "*" };
}

/** Of the management listener; changes stay possible while those of models are switched off, as in the original. */
export function workflowManagement({ workflows }: WorkflowParts): readonly RouteHandler[] {
  return [
    bindRoute(listWorkflows, async (page) => {
      const { items, ...token } = pageOf((await workflows?.list()) ?? [], page);
      return { ...token, workflows: items };
    }),
    bindRoute(describeWorkflow, async ({ name }) => [(await workflows?.describe(name)) ?? notFound(name)]),
    bindRoute(registerWorkflow, async (args, { signal }) => {
      if (!workflows?.changes) throw badRequest("Registering new workflows is disabled.");
      const name = await workflows.changes.register(args, signal);
      return { code: 200, status: `Workflow ${name} has been registered and scaled successfully.` };
    }),
    bindRoute(unregisterWorkflow, async ({ name }, { signal }) => {
      if (!(await workflows?.describe(name))) notFound(name);
      if (!workflows?.changes) throw badRequest("Unregistering workflows is disabled.");
      if (!(await workflows.changes.unregister(name, signal))) notFound(name);
      return { code: 200, status: `Workflow "${name}" unregistered` };
    }),
  ];
}

function notFound(name: string): never {
  throw new TorchserveRefusal(404, "WorkflowNotFoundException", `Workflow not found: ${name}`);
}
