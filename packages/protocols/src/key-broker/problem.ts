// How each key broker error crosses the wire: a status and a problem document (RFC 7807), written by the server and read by the client.
import { textOf, utf8 } from "@sealserve/primitives";
import type { HttpAnswer, HttpReply } from "../http/message.ts";
import { readAdminRefusal } from "./admin-refusal.ts";
import {
  type AnyKeyBrokerError,
  isKeyBrokerErrorCode,
  KeyBrokerError,
  type KeyBrokerErrorCode,
  type KeyBrokerErrorFacts,
} from "./key-broker-error.ts";

/** The last part of a problem's type: the names of the confidential-containers key broker where it has one. */
const names: { readonly [C in KeyBrokerErrorCode]: string } = {
  "malformed-request": "MalformedRequest",
  "too-large": "PayloadTooLarge",
  "not-found": "InvalidRequestPath",
  "method-not-allowed": "InvalidRequestMethod",
  conflict: "Conflict",
  "session-refused": "RcarAuthFailed",
  "token-refused": "TokenVerifierError",
  "evidence-refused": "RcarAttestFailed",
  "policy-refused": "PolicyDeny",
  "unknown-key": "UnknownKey",
  "admin-refused": "AdminAuth",
  "role-missing": "AdminRole",
  "collateral-unavailable": "CollateralUnavailable",
  "too-many-requests": "TooManyRequests",
  unavailable: "Unavailable",
  internal: "Internal",
};

const statuses: { readonly [C in KeyBrokerErrorCode]: number } = {
  "malformed-request": 400,
  "too-large": 413,
  "not-found": 404,
  "method-not-allowed": 405,
  conflict: 409,
  "session-refused": 401,
  "token-refused": 401,
  "evidence-refused": 401,
  "policy-refused": 403,
  "unknown-key": 403,
  "admin-refused": 401,
  "role-missing": 403,
  "collateral-unavailable": 503,
  "too-many-requests": 429,
  unavailable: 503,
  internal: 500,
};

const typePrefix = "https://github.com/confidential-containers/kbs/errors/";

/** `strict`: the statuses of the confidential-containers protocol, in which every refusal of a request is 401. */
export function problemReply(error: AnyKeyBrokerError, manner: "strict" | "exact"): HttpReply {
  const { code, facts, message } = error;
  const status = statuses[code];
  const retryAfter = code === "too-many-requests" ? String(error.facts.retryAfter) : undefined;
  return {
    status: manner === "strict" && (status === 400 || status === 403) ? 401 : status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
    },
    body: [utf8(JSON.stringify({ type: typePrefix + names[code], detail: message, code, ...facts }))],
  };
}

/** The error that a problem document tells, also that of a broker other than ours; `unavailable` where there is none to be read. */
export function readProblem(answer: HttpAnswer): AnyKeyBrokerError {
  const document = parseDocument(textOf(answer.body));
  const code = codeOf(document, answer.status);
  return new KeyBrokerError(code, factsOf(code, document, answer)) as AnyKeyBrokerError;
}

/** Numbers and texts only, whatever the document holds. */
function factsOf(
  code: KeyBrokerErrorCode,
  document: Readonly<Record<string, unknown>>,
  { status, headers }: HttpAnswer,
): KeyBrokerErrorFacts[KeyBrokerErrorCode] {
  const { decision, detail, limit, reason, role } = document;
  switch (code) {
    case "malformed-request":
    case "conflict":
      return { problem: String(detail ?? `the key broker answered ${status}`) };
    case "too-large":
      return { limit: Number(limit ?? 0) };
    case "admin-refused":
      return { reason: readAdminRefusal(reason) };
    case "role-missing":
      return { role: String(role ?? "") };
    case "too-many-requests":
      return { retryAfter: Number(headers["retry-after"] ?? 1) || 1 };
    case "token-refused":
    case "evidence-refused":
    case "policy-refused":
    case "unknown-key":
    case "collateral-unavailable":
      return { decision: typeof decision === "number" ? decision : null };
    case "unavailable":
      return document["untouched"] === true ? { untouched: true } : {};
    default:
      return {};
  }
}

function codeOf(document: Readonly<Record<string, unknown>>, status: number): KeyBrokerErrorCode {
  if (isKeyBrokerErrorCode(document["code"])) return document["code"];
  const type = String(document["type"] ?? "");
  for (const [code, name] of Object.entries(names)) {
    if (type === typePrefix + name && isKeyBrokerErrorCode(code)) return code;
  }
  if (status === 401) return "token-refused";
  if (status === 403) return "policy-refused";
  if (status === 404) return "not-found";
  return status === 429 ? "too-many-requests" : "unavailable";
}

function parseDocument(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    // A proxy's page, for example: the status alone has to say it.
    return {};
  }
}
