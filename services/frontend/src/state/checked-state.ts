// The form of every desired state: one that backends would refuse is neither kept nor taken from a database.
import type { DesiredState } from "@sealserve/inference";
import { readDesiredState, readDesiredWorkflows, writeDesiredState } from "@sealserve/protocols/mesh";

/**
 * What a backend reads where it is told this state. Throws `malformed` where it would refuse it: kept, it would keep backends that start from ever
 * being ready.
 */
export function checkedState(state: DesiredState): DesiredState {
  const workflows = readDesiredWorkflows(state.workflows ?? {});
  const checked = readDesiredState(writeDesiredState(state));
  return Object.keys(workflows).length === 0 ? checked : { ...checked, workflows };
}
