// The inner states of a version, and which of the world's states each of them is.
import type { ModelState } from "@sealserve/inference";

/**
 * `new`: known, nothing done · `approved`: waits for a free place to load · `loading` · `backing-off`: a load failed, another
 * follows · `available` · `aborting`: told to stop before its load was done · `quiescing`: waits for its handles ·
 * `unloading` · `ended`.
 */
export type VersionPhase =
  | "new"
  | "approved"
  | "loading"
  | "backing-off"
  | "available"
  | "aborting"
  | "quiescing"
  | "unloading"
  | "ended";

const states: Readonly<Record<VersionPhase, ModelState>> = {
  new: "start",
  approved: "start",
  loading: "loading",
  "backing-off": "loading",
  available: "available",
  aborting: "unloading",
  quiescing: "unloading",
  unloading: "unloading",
  ended: "end",
};

/** The state that the world sees. */
export function stateOf(phase: VersionPhase): ModelState {
  return states[phase];
}
