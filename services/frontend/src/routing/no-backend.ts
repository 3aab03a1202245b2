// Why no backend can be asked for a model: what is missing, in the words that clients know.
import { InferenceError, type ModelSpec, type ModelStatus } from "@sealserve/inference";
import { canonicalVersion } from "@sealserve/serving";
import type { ReportedModel } from "../backends/backend-link.ts";
import type { BackendView } from "./backend-view.ts";
import { mergeStatuses } from "./merge-statuses.ts";

/**
 * `model-not-found` and `version-not-found` only where every backend has said what it has; `model-not-ready` where they say why it is not available;
 * else `unavailable`.
 */
export function noBackend(model: ModelSpec, backends: readonly BackendView[]): InferenceError {
  const { name, version } = model;
  const unheard = backends.filter(({ report }) => report === null).length;
  const ofModel = statusesOf(backends).filter((status) => status.name === name);
  const wanted = ofModel.filter((status) => isOf(status, model));
  const [best] = wanted.filter(({ state }) => state !== "available");
  const having = backends.filter(({ report }) => report?.models.some((each) => serves(each, model)));
  if (having.length > 0) return unavailable(model, eachOnce(having.map(whyNot)));
  if (best) {
    const { state, reason = "no version of it is available" } = best;
    return new InferenceError("model-not-ready", { model: name, version: version ?? null, state, reason });
  }
  if (backends.length === 0) return unavailable(model, "no backend is known");
  if (unheard > 0) return unavailable(model, `${unheard} of ${backends.length} have not said yet what they have`);
  if (ofModel.length > 0 && version !== undefined)
    return new InferenceError("version-not-found", { model: name, version });
  if (ofModel.length === 0) return new InferenceError("model-not-found", { model: name });
  const reason = "none of its versions serves by default";
  return new InferenceError("model-not-ready", { model: name, version: null, state: "end", reason });
}

/** Every version that a backend told of, as clients may see it: what cannot be asked is not available. */
export function statusesOf(backends: readonly BackendView[]): readonly ModelStatus[] {
  return mergeStatuses(
    backends.flatMap((backend) => (backend.report?.models ?? []).map((each) => seen(each, backend))),
  );
}

function seen({ name, version, state, reason }: ModelStatus, backend: BackendView): ModelStatus {
  const told = reason === undefined ? { name, version, state } : { name, version, state, reason };
  if (backend.routable) return told;
  if (backend.problem !== null || backend.ejected) return { name, version, state: "end", reason: whyNot(backend) };
  if (state !== "available") return told;
  return { name, version, state: backend.report?.draining ? "unloading" : "loading", reason: whyNot(backend) };
}

/** Each reason, and of how many backends it is the reason where there are several. */
function eachOnce(reasons: readonly string[]): string {
  const told = [...new Set(reasons)].map((reason) => {
    const { length } = reasons.filter((each) => each === reason);
    return length === 1 ? reason : `${reason} (${length} backends)`;
  });
  return told.join("; ");
}

/** Where it lies is not the client's to know. */
function whyNot({ report, problem, ejected }: BackendView): string {
  if (problem !== null || ejected) return "its backend does not answer";
  if (report?.draining) return "its backend is stopping";
  if (!report?.ready) return "its backend is starting";
  return "its backend does not know yet what ought to be loaded";
}

/** Whether the status is of this model, and of this version if one is given. */
export function isOf(status: ModelStatus, { name, version }: ModelSpec): boolean {
  return (
    status.name === name && (version === undefined || canonicalVersion(status.version) === canonicalVersion(version))
  );
}

/** Whether requests for `model` may go to what reports this. */
export function serves(status: ReportedModel, model: ModelSpec): boolean {
  return status.state === "available" && isOf(status, model) && (model.version !== undefined || status.isDefault);
}

function unavailable({ name }: ModelSpec, reason: string): InferenceError {
  return new InferenceError("unavailable", { what: `a backend for model '${name}'`, reason });
}
