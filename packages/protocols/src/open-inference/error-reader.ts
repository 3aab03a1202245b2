// Refusals in Triton's words as inference errors: what the client throws.
import { InferenceError, isInferenceError, type ModelSpec } from "@sealserve/inference";
import type { HttpAnswer } from "../http/message.ts";
import { JsonReader } from "../json/index.ts";
import { readMembers, readText } from "./fields.ts";

/** Sentences that say more than their status does; the first that fits is taken. */
const sentences: readonly [RegExp, (model: ModelSpec, found: readonly string[]) => InferenceError][] = [
  [/version (\S+) is not found$/, ({ name }, [version = ""]) => versionNotFound(name, version)],
  [/ has no available versions(?:: (.*))?$/s, ({ name }, [reason = ""]) => notReady(name, null, reason)],
  [/ version (\S+) is not at ready state(?:: (.*))?$/s, ({ name }, [v = "", reason = ""]) => notReady(name, v, reason)],
  [/Exceeds maximum queue size$/, ({ name }) => unavailable(name, "its queue is full")],
  [/^Server exiting$/, () => new InferenceError("shutting-down", {})],
];

/** The error that an answer of status 400 or more tells of a request to `model`. */
export function readError(answer: HttpAnswer, model: ModelSpec): InferenceError {
  const sentence = readSentence(answer) ?? `the server answered with status ${answer.status}`;
  for (const [pattern, make] of sentences) {
    const found = pattern.exec(sentence);
    if (found) return make(model, found.slice(1));
  }
  switch (answer.status) {
    case 404:
      return new InferenceError("model-not-found", { model: model.name });
    case 500:
      return new InferenceError("engine-failed", { model: model.name, reason: sentence });
    case 501:
      return new InferenceError("unsupported", { what: sentence.replace(/ is not supported$/, "") });
    case 503:
    case 504:
      return unavailable(model.name, sentence);
  }
  if (answer.status < 500) return new InferenceError("malformed", { problem: sentence });
  return new InferenceError("handler-failed", { model: model.name, status: answer.status, reason: sentence });
}

/** Null where the body is not this protocol's: something else answered. */
function readSentence(answer: HttpAnswer): string | null {
  const reader = new JsonReader(answer.body);
  let sentence: string | null = null;
  try {
    readMembers(reader, "error", (key) => {
      if (key !== "error") return false;
      sentence = readText(reader, key);
      return true;
    });
  } catch (error) {
    if (!isInferenceError(error)) throw error;
    return null;
  }
  return sentence;
}

function versionNotFound(model: string, version: string): InferenceError {
  return new InferenceError("version-not-found", { model, version });
}

function notReady(model: string, version: string | null, reason: string): InferenceError {
  return new InferenceError("model-not-ready", { model, version, state: "end", reason });
}

function unavailable(model: string, reason: string): InferenceError {
  return new InferenceError("engine-unavailable", { model, reason });
}
