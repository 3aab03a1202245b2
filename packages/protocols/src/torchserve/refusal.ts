// A refusal in words that only one of TorchServe's calls has.
import { InferenceError } from "@sealserve/inference";

/** The error document (TorchServe, `ErrorResponse`); `code` repeats the status. */
export interface ErrorDocument {
  readonly code: number;
  readonly type: string;
  readonly message: string;
}

/** A malformed request whose refusal is this document. */
export class TorchserveRefusal extends InferenceError<"malformed"> {
  readonly document: ErrorDocument;

  constructor(code: number, type: string, message: string) {
    super("malformed", { problem: message });
    this.document = { code, type, message };
  }
}

export function badRequest(message: string): TorchserveRefusal {
  return new TorchserveRefusal(400, "BadRequestException", message);
}
