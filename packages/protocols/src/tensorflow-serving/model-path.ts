// The part of TensorFlow Serving's paths that names a model; the original matches the query along with the path.
import { InferenceError } from "@sealserve/inference";
import type { HttpRequest } from "../http/message.ts";
import { type PathPattern, pathPattern } from "../http/path-pattern.ts";
import type { ModelReference } from "./documents.ts";
import { malformedRequest } from "./errors.ts";

const numbered = { limits: { version: "\\d+" }, ignoreCase: true };

/** `/v1/models/{model}` at a version, at a label or at neither, and then `ending`; matched in either case. */
export function modelPath(ending: string): PathPattern {
  return pathPattern(`/v1/models/{model}[/versions/{version}][/labels/{label}]${ending}`, numbered);
}

/** What {@link modelPath} captured. Throws `malformed` for a version along with a label, and for a query behind either. */
export function readModel(
  { method, path, query }: HttpRequest,
  { model = "", version, label }: Readonly<Record<string, string>>,
): ModelReference {
  if (query !== "" || (version !== undefined && label !== undefined)) {
    throw new InferenceError("malformed", { problem: malformedRequest(method, path, query) });
  }
  if (version !== undefined) return { name: model, version };
  return label === undefined ? { name: model } : { name: model, label };
}

export function fillModel(pattern: PathPattern, { name, version, label }: ModelReference): string {
  return pattern.fill({ model: name, version, label });
}
