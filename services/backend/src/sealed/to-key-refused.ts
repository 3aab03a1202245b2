// What a key broker, an attester or a seal said no with, as the one kind of error that a model's status shows.
import { AttesterError } from "@sealserve/attestation/attester";
import { reasonOf } from "@sealserve/primitives";
import { type AnyKeyBrokerError, isKeyBrokerError } from "@sealserve/protocols/key-broker";
import { isSealingError } from "@sealserve/sealing";
import { SessionError } from "@sealserve/session";
import { type KeyRefusedCode, KeyRefusedError } from "./key-refused-error.ts";

/** Other errors are returned as they are: they are about files, not about keys. */
export function toKeyRefused(model: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === null) return error;
  return new KeyRefusedError(code, { model, reason: reasonOf(error) }, error);
}

type RefusalCode = Exclude<KeyRefusedCode, "root-mismatch" | "file-changed">;

function codeOf(error: unknown): RefusalCode | null {
  if (isKeyBrokerError(error)) return codeOfBroker(error);
  if (isSealingError(error)) return error.code === "no-identity-matched" ? "unknown-key" : null;
  if (error instanceof AttesterError) return error.code === "busy" ? "broker-unavailable" : "evidence-refused";
  if (error instanceof SessionError) return error.code === "unreachable" ? "broker-unavailable" : "evidence-refused";
  return null;
}

function codeOfBroker({ code }: AnyKeyBrokerError): RefusalCode {
  switch (code) {
    case "evidence-refused":
    case "session-refused":
    case "token-refused":
      return "evidence-refused";
    case "policy-refused":
    case "admin-refused":
    case "role-missing":
      return "policy-refused";
    case "collateral-unavailable":
      return "collateral-unavailable";
    case "unknown-key":
    case "not-found":
      return "unknown-key";
    case "malformed-request":
    case "too-large":
    case "method-not-allowed":
    case "conflict":
    case "too-many-requests":
    case "unavailable":
    case "internal":
      return "broker-unavailable";
  }
}
