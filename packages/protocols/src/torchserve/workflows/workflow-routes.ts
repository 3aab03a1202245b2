// The calls about workflows, as rows that a client and a server read.
import type { Bytes } from "@sealserve/primitives";
import { readJsonDocument } from "../../http/json-document.ts";
import type { Route } from "../../http/route.ts";
import { type ChangeResult, change, changeReply, integer, parametersOf, present } from "../change-codec.ts";
import type { ListModelsArguments } from "../documents.ts";
import { jsonReply } from "../json-reply.ts";
import { readPage } from "../page.ts";
import { readPrediction, writePrediction } from "../prediction-request.ts";
import { badRequest } from "../refusal.ts";
import { torchservePath } from "../torchserve-path.ts";
import type {
  RegisterWorkflowArguments,
  WorkflowDescription,
  WorkflowEntry,
  WorkflowRequest,
} from "./workflow-service.ts";

export interface WorkflowPredictArguments extends Omit<WorkflowRequest, "id"> {
  readonly name: string;
}

export interface WorkflowList {
  readonly nextPageToken?: string;
  readonly workflows: readonly WorkflowEntry[];
}

/** `POST /wfpredict/{workflow}`. */
const predictWorkflow: Route<WorkflowPredictArguments, Bytes> = {
  name: "predictWorkflow",
  method: "POST",
  path: torchservePath("/wfpredict/{workflow}"),
  writeRequest: ({ name, ...given }) => writePrediction(predictWorkflow.path.fill({ workflow: name }), given),
  readRequest: (request, { workflow = "" }) => ({ name: workflow, ...readPrediction(request) }),
  writeReply: (body) => ({ status: 200, headers: { "content-type": "application/json" }, body: [body] }),
  readReply: ({ body }) => body,
};

/** `GET /workflows`. */
const listWorkflows: Route<ListModelsArguments, WorkflowList> = {
  name: "listWorkflows",
  method: "GET",
  path: torchservePath("/workflows"),
  writeRequest: ({ limit, nextPageToken }) => change("GET", "/workflows", { limit, next_page_token: nextPageToken }),
  readRequest: ({ query }) => readPage(query),
  writeReply: (list) => jsonReply(200, list),
  readReply: ({ body }) => readJsonDocument(body) as WorkflowList,
};

/** `GET /workflows/{workflow}`. */
const describeWorkflow: Route<{ readonly name: string }, readonly WorkflowDescription[]> = {
  name: "describeWorkflow",
  method: "GET",
  path: torchservePath("/workflows/{workflow}"),
  writeRequest: ({ name }) => change("GET", describeWorkflow.path.fill({ workflow: name }), {}),
  readRequest: (_, { workflow = "" }) => ({ name: workflow }),
  writeReply: (descriptions) => jsonReply(200, descriptions),
  readReply: ({ body }) => readJsonDocument(body) as readonly WorkflowDescription[],
};

/** `POST /workflows?url=…`. */
const registerWorkflow: Route<RegisterWorkflowArguments, ChangeResult> = {
  name: "registerWorkflow",
  method: "POST",
  path: torchservePath("/workflows"),
  writeRequest: ({ url, workflowName, responseTimeout, startupTimeout }) =>
    change("POST", "/workflows", {
      ...{ url, workflow_name: workflowName },
      ...{ response_timeout: responseTimeout, startup_timeout: startupTimeout },
    }),
  readRequest(request) {
    const given = parametersOf(request);
    const url = given("url");
    if (url === undefined || url === "") throw badRequest("Parameter url is required.");
    return {
      url,
      ...present({
        workflowName: given("workflow_name") || undefined,
        responseTimeout: integer(given("response_timeout")),
        startupTimeout: integer(given("startup_timeout")),
      }),
    };
  },
  ...changeReply,
};

/** `DELETE /workflows/{workflow}`. */
const unregisterWorkflow: Route<{ readonly name: string }, ChangeResult> = {
  name: "unregisterWorkflow",
  method: "DELETE",
  path: torchservePath("/workflows/{workflow}"),
  writeRequest: ({ name }) => change("DELETE", unregisterWorkflow.path.fill({ workflow: name }), {}),
  readRequest: (_, { workflow = "" }) => ({ name: workflow }),
  ...changeReply,
};

/** The rows of both listeners that are about workflows (TorchServe, `WorkflowInferenceRequestHandler`, `WorkflowMgmtRequestHandler`). */
export const torchserveWorkflowRoutes = {
  ...{ predictWorkflow, listWorkflows, describeWorkflow, registerWorkflow, unregisterWorkflow },
} as const;
