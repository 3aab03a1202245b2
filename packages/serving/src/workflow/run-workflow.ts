// Runs a workflow: each node as soon as its parents have answered, side by side where they are.
import { encodeByteStrings, type InferenceRequest, type Tensor } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { type AskParts, askNode } from "./ask-node.ts";
import type { RunnableNode } from "./runnable-node.ts";

/** The field of a request whose node has one parent. With several, each parent's name is a field. */
const onlyField = "body";

/**
 * The leaves' answers by node, in the order of `nodes`. Roots get the request as it is; every other node its parents' answers as fields. Every child
 * is one of the nodes, and they go round in no circle. Once a node has failed, whatever else runs is cancelled. Throws `WorkflowError`, or
 * `cancelled`.
 */
export async function runWorkflow(
  nodes: readonly RunnableNode[],
  request: Omit<InferenceRequest, "model">,
  parts: AskParts,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Bytes>> {
  const failing = new AbortController();
  const fail = (): void => failing.abort();
  const answers = new Map<string, Promise<Bytes>>();
  const answerOf = (node: RunnableNode): Promise<Bytes> => {
    const known = answers.get(node.name);
    if (known) return known;
    const answer = answered(node);
    answers.set(node.name, answer);
    return answer;
  };
  const answered = async (node: RunnableNode): Promise<Bytes> => {
    const parents = nodes.filter(({ children }) => children.includes(node.name));
    const given = await Promise.all(parents.map(answerOf));
    const { id } = request;
    const own =
      parents.length === 0 ? request : { inputs: fieldsOf(parents, given), ...(id === undefined ? {} : { id }) };
    return askNode(node, { ...own, model: { name: node.model } }, parts, failing.signal);
  };
  signal.addEventListener("abort", fail, { once: true });
  if (signal.aborted) fail();
  const leaves = nodes.filter(({ children }) => children.length === 0);
  try {
    const given = await Promise.all(leaves.map(answerOf));
    return new Map(leaves.map(({ name }, i) => [name, given[i] ?? new Uint8Array()]));
  } catch (error) {
    fail();
    await Promise.allSettled(answers.values());
    throw error;
  } finally {
    signal.removeEventListener("abort", fail);
  }
}

function fieldsOf(parents: readonly RunnableNode[], answers: readonly Bytes[]): readonly Tensor[] {
  return parents.map(({ name }, i) => ({
    name: parents.length === 1 ? onlyField : name,
    datatype: "BYTES",
    shape: [1],
    bytes: encodeByteStrings([answers[i] ?? new Uint8Array()]),
  }));
}
