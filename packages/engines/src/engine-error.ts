// Why an engine could not load a model: codes that say what to do, with the facts of the case.

import type { Datatype, Shape } from "@sealserve/inference";
import { CodedError } from "@sealserve/primitives";

/** Facts of each code. Limits are milliseconds; -1 in a shape takes any size. */
export interface EngineLoadErrorFacts {
  /** The engine refused the model: mend the model. */
  "load-failed": { readonly model: string; readonly reason: string };
  "load-timeout": { readonly model: string; readonly limit: number };
  /** The engine's thread or process ended while it loaded. */
  "load-crashed": { readonly model: string; readonly reason: string };
  "unsupported-type": { readonly model: string; readonly tensor: string | null; readonly found: string };
  /** The configuration names a tensor that the model does not have. */
  "unknown-tensor": { readonly model: string; readonly tensor: string; readonly expected: readonly string[] };
  "datatype-mismatch": {
    readonly model: string;
    readonly tensor: string;
    readonly expected: Datatype;
    readonly found: Datatype;
  };
  /** `expected` by the configuration, `found` in the model; both with the batch dimension. */
  "shape-mismatch": {
    readonly model: string;
    readonly tensor: string;
    readonly expected: Shape;
    readonly found: Shape;
  };
  /** Weights that lie outside the model's folder, or are not there. */
  "external-data": { readonly model: string; readonly location: string; readonly problem: string };
  /** A line of its requirements file would have something installed from where the operator did not say. */
  "requirement-refused": {
    readonly model: string;
    readonly file: string;
    readonly line: number;
    readonly text: string;
    readonly problem: string;
    /** Nothing is installed from the network. */
    readonly offline: boolean;
  };
}

export type EngineLoadErrorCode = keyof EngineLoadErrorFacts;

const sentences: { readonly [C in EngineLoadErrorCode]: (facts: EngineLoadErrorFacts[C]) => string } = {
  "load-failed": (f) => `model '${f.model}' cannot be loaded: ${f.reason}`,
  "load-timeout": (f) => `model '${f.model}' did not load within ${f.limit} ms; allow more time or make it smaller`,
  "load-crashed": (f) => `the engine of model '${f.model}' ended while it loaded: ${f.reason}`,
  "unsupported-type": (f) =>
    `model '${f.model}'${f.tensor === null ? "" : `, tensor '${f.tensor}'`} uses type ${f.found}, which this engine does not support`,
  "unknown-tensor": (f) =>
    `the configuration of model '${f.model}' names tensor '${f.tensor}', but the model has [${f.expected.join(", ")}]`,
  "datatype-mismatch": (f) =>
    `tensor '${f.tensor}' of model '${f.model}' is ${f.expected} in the configuration, but ${f.found} in the model`,
  "shape-mismatch": (f) =>
    `tensor '${f.tensor}' of model '${f.model}' is [${f.expected}] in the configuration, but [${f.found}] in the model`,
  "requirement-refused": (f) =>
    `model '${f.model}' has requirements in ${f.file} that are not installed: line ${f.line}, '${f.text}': ${f.problem}; name packages only, and ${
      f.offline
        ? "put them into the folder python.wheels"
        : "let pip's own configuration say where from, or allow it by python.directRequirements"
    }`,
  "external-data": (f) => `model '${f.model}' keeps weights at '${f.location}': ${f.problem}`,
};

/** A model that an engine cannot load. Trying again helps for `load-timeout` and `load-crashed` only. */
export class EngineLoadError<C extends EngineLoadErrorCode = EngineLoadErrorCode> extends CodedError<
  C,
  EngineLoadErrorFacts[C]
> {
  constructor(code: C, facts: EngineLoadErrorFacts[C], cause?: unknown) {
    super(code, sentences[code](facts), facts, cause);
    this.name = "EngineLoadError";
  }
}
