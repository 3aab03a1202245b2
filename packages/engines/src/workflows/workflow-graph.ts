// Whether the nodes of a workflow can run: from one root, without going round in a circle.
import type { WorkflowGraphFault, WorkflowNode } from "@sealserve/inference";

export interface GraphFault {
  readonly fault: WorkflowGraphFault;
  /** Those that make it. */
  readonly nodes: readonly string[];
}

type Edges = Pick<WorkflowNode, "name" | "children">;

/** Null: there is none. Every child is one of the nodes. */
export function faultOf(nodes: readonly Edges[]): GraphFault | null {
  const own = nodes.find(({ name, children }) => children.includes(name));
  if (own) return { fault: "self-loop", nodes: [own.name] };
  const below = new Set(nodes.flatMap(({ children }) => children));
  const roots = nodes.filter(({ name }) => !below.has(name));
  if (roots.length !== 1) return { fault: "several-roots", nodes: roots.map(({ name }) => name) };
  const left = withoutOrder(nodes);
  return left.length === 0 ? null : { fault: "cycle", nodes: left };
}

/** What is left once every node has gone whose parents are gone: those of a circle, and below it. */
function withoutOrder(nodes: readonly Edges[]): readonly string[] {
  let left = nodes;
  for (;;) {
    const below = new Set(left.flatMap(({ children }) => children));
    const rest = left.filter(({ name }) => below.has(name));
    if (rest.length === left.length) return rest.map(({ name }) => name);
    left = rest;
  }
}
