// The form of workflows in documents of the mesh, and in what is kept of the desired state.
import {
  type DesiredWorkflow,
  InferenceError,
  type StoredWorkflow,
  type WorkflowFault,
  type WorkflowNode,
  type WorkflowSpec,
} from "@sealserve/inference";
import { KeyBrokerError } from "../key-broker/key-broker-error.ts";
import { anyObject, fault, list, members, nullable, oneOf, type Shape, text, whole } from "../key-broker/shape.ts";

const maxWorkflows = 1_000;
const maxNodes = 100;
const maxReason = 1_000;
const name = text(128);
const entry = text(1024);
const url = text(4096);
const count = whole(0, 1_000_000);
const milliseconds = whole(0, 3_600_000);

const settings = {
  ...{ minWorkers: count, maxWorkers: count, batchSize: count, maxBatchDelay: milliseconds },
  ...{ retryAttempts: count, timeout: milliseconds },
};

const node: Shape<WorkflowNode> = members({ name, url: nullable(url), children: list(name, maxNodes), ...settings });

const spec: Shape<WorkflowSpec> = members({
  name,
  handler: nullable(text(1024)),
  defaults: members(settings),
  nodes: list(node, maxNodes),
});

const faults = [
  ...(["unreadable", "bad-spec", "several-roots", "self-loop", "cycle", "unknown-node"] as const),
] satisfies readonly WorkflowFault["code"][];

export const storedWorkflow: Shape<StoredWorkflow> = members(
  { entry, spec: nullable(spec) },
  { fault: members({ code: oneOf(...faults), reason: text(maxReason) }) },
);
export const storedWorkflows = list(storedWorkflow, maxWorkflows);

/** Within the bounds of a report: a longer reason is cut, and of too many archives the first are told. */
export function tellableWorkflows(workflows: readonly StoredWorkflow[]): readonly StoredWorkflow[] {
  return workflows.slice(0, maxWorkflows).map(({ fault: found, ...workflow }) => {
    if (!found) return workflow;
    return { ...workflow, fault: { ...found, reason: found.reason.slice(0, maxReason).toWellFormed() } };
  });
}

const desiredWorkflow: Shape<DesiredWorkflow> = members({ spec, entry }, { url });

/** Throws `malformed`. */
export function readDesiredWorkflows(value: unknown): Readonly<Record<string, DesiredWorkflow>> {
  const what = "the workflows";
  try {
    const given = Object.entries(anyObject(value, what));
    if (given.length > maxWorkflows) throw fault(what, `at most ${maxWorkflows}`);
    return Object.fromEntries(
      given.map(([key, each], i) => [name(key, `${what}[${i}]`), desiredWorkflow(each, `${what}[${i}]`)]),
    );
  } catch (error) {
    if (!(error instanceof KeyBrokerError)) throw error;
    throw new InferenceError("malformed", { problem: error.message }, error);
  }
}
