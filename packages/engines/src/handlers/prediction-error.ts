// How a handler refuses a batch with an HTTP status of its choice.

/** TorchServe's `PredictionException`: the message and the status go to the client. */
export class PredictionError extends Error {
  readonly status: number;

  /** `status`: 201 to 999; another number counts as 500. `cause` is for the log. */
  constructor(message: string, status = 500, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "PredictionError";
    this.status = Number.isInteger(status) && status >= 201 && status <= 999 ? status : 500;
  }
}

/** By form, not by class: a handler may bring a copy of the class from a bundle of its own. */
export function isPredictionError(thrown: unknown): thrown is PredictionError {
  return (
    thrown instanceof Error &&
    thrown.name === "PredictionError" &&
    "status" in thrown &&
    typeof thrown.status === "number"
  );
}
