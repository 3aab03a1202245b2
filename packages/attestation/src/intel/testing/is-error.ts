// Matchers for `assert.throws` and `assert.rejects`: an error of the room, with its code.
import { CollateralError, type CollateralErrorCode } from "../../collateral-error.ts";
import { EvidenceError, type EvidenceErrorCode } from "../../evidence-error.ts";

export function isEvidenceError(code: EvidenceErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof EvidenceError && error.code === code;
}

export function isCollateralError(code: CollateralErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof CollateralError && error.code === code;
}
