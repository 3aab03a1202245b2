// What a model may be called in a manifest.
import { SealingError } from "../sealing-error.ts";
import type { ModelLabel } from "./manifest.ts";

/** 1 to 256 characters, no control characters, no halves of characters. */
const allowed = /^[^\p{Cc}\p{Cs}]{1,256}$/u;

/** Throws `SealingError` `label-refused`. */
export function checkModelLabel(label: ModelLabel): void {
  for (const field of ["name", "version"] as const) {
    if (!allowed.test(label[field])) throw new SealingError("label-refused", { field, found: label[field] });
  }
}
