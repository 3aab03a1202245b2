// The confidential-containers key broker protocol 0.4.0: authentication, attestation, resources.
import type { Evidence, TeeKind } from "@sealserve/attestation";
import { utf8 } from "@sealserve/primitives";
import type { HttpRequest } from "../http/message.ts";
import { pathPattern } from "../http/path-pattern.ts";
import type { Route } from "../http/route.ts";
import { evidenceShape, toEvidenceDocument } from "./evidence-document.ts";
import { bearerOf, jsonReply, jsonRequest, readJsonReply } from "./json-route.ts";
import { type FlattenedJwe, jweShape } from "./jwe-document.ts";
import { nameShape } from "./names.ts";
import { type RuntimeData, runtimeDataShape } from "./runtime-data.ts";
import { fault, oneOf, readJson, record, type Shape, text, unread } from "./shape.ts";

export const kbsVersion = "0.4.0";
const sessionCookie = "kbs-session-id";

export interface AuthArguments {
  readonly tee: TeeKind;
  /** Empty, or for our broker JSON with `tenant` and `model`: the policy to be appraised by (see `writeExtraParams`). */
  readonly extraParams: string;
}

export interface AuthResult {
  /** Base64 of 32 bytes. */
  readonly nonce: string;
  /** Goes back in a cookie. */
  readonly session: string;
}

export interface AttestArguments {
  readonly session: string | null;
  readonly runtimeData: RuntimeData;
  readonly evidence: Evidence;
  readonly additionalEvidence?: string;
}

export interface AttestResult {
  /** An EAR (JWT). */
  readonly token: string;
}

/** In our broker the repository is a tenant and the type one of its models. */
export interface ResourceArguments {
  readonly session: string | null;
  readonly token: string | null;
  readonly repository: string;
  readonly type: string;
  readonly tag: string;
}

const auth: Route<AuthArguments, AuthResult> = {
  name: "auth",
  method: "POST",
  path: pathPattern("/kbs/v0/auth"),
  writeRequest: ({ tee, extraParams }) =>
    jsonRequest({ ...auth, document: { version: kbsVersion, tee, "extra-params": extraParams } }),
  readRequest({ body }) {
    const read = readJson(body, authShape);
    return { tee: read.tee, extraParams: read["extra-params"] ?? "" };
  },
  writeReply: ({ nonce, session }) =>
    jsonReply(
      { nonce, "extra-params": "" },
      { "set-cookie": `${sessionCookie}=${session}; Path=/kbs; HttpOnly; SameSite=Strict` },
    ),
  readReply(answer) {
    const { nonce } = readJsonReply(answer, record({ nonce: text(256) }, { "extra-params": unread }));
    return { nonce, session: sessionOf(answer.headers["set-cookie"]) ?? missingCookie() };
  },
};

const authShape = record(
  { version: oneOf(kbsVersion), tee: oneOf("sgx", "tdx", "snp") },
  { "extra-params": text(1024) },
);

const attest: Route<AttestArguments, AttestResult> = {
  name: "attest",
  method: "POST",
  path: pathPattern("/kbs/v0/attest"),
  writeRequest: ({ session, runtimeData, evidence, additionalEvidence }) =>
    jsonRequest({
      ...attest,
      cookie: cookieOf(session),
      document: {
        "runtime-data": runtimeData,
        "tee-evidence": {
          primary_evidence: toEvidenceDocument(evidence),
          ...(additionalEvidence === undefined ? {} : { additional_evidence: additionalEvidence }),
        },
      },
    }),
  readRequest(request) {
    const read = readJson(request.body, attestShape);
    const { primary_evidence: evidence, additional_evidence: additionalEvidence } = read["tee-evidence"];
    return {
      session: sessionOf(request.headers["cookie"]),
      runtimeData: read["runtime-data"],
      evidence,
      ...(additionalEvidence === undefined ? {} : { additionalEvidence }),
    };
  },
  writeReply: ({ token }) => jsonReply({ token }),
  readReply: (answer) => readJsonReply(answer, record({ token: text(64 * 1024) })),
};

/** Init data would have to be checked against the measurement; what nobody checks must not be sent. */
const noInitData: Shape<null> = (value, at) => {
  if (value === null) return null;
  throw fault(at, "left out: this broker does not check init data");
};

const attestShape = record(
  {
    "runtime-data": runtimeDataShape,
    "tee-evidence": record({ primary_evidence: evidenceShape(null) }, { additional_evidence: text(16 * 1024) }),
  },
  { "init-data": noInitData },
);

const resource: Route<ResourceArguments, FlattenedJwe> = {
  name: "resource",
  method: "GET",
  path: pathPattern("/kbs/v0/resource/{repository}/{type}/{tag}"),
  writeRequest: ({ session, token, ...captured }) =>
    jsonRequest({ ...resource, captured: { ...captured }, token, cookie: cookieOf(session) }),
  readRequest: (request, { repository = "", type = "", tag = "" }) => ({
    session: sessionOf(request.headers["cookie"]),
    token: bearerOf(request),
    repository,
    type,
    tag,
  }),
  writeReply: (jwe) => jsonReply(jwe),
  readReply: (answer) => readJsonReply(answer, jweShape),
};

export const kbsRoutes = { auth, attest, resource };

/** Names the tenant and the model whose policy is to judge the evidence. */
export function writeExtraParams(scope: { readonly tenant: string; readonly model: string }): string {
  return JSON.stringify({ tenant: scope.tenant, model: scope.model });
}

const extraParamsShape = record({ tenant: nameShape, model: nameShape });

/** Null where nothing is named, as by clients of other key brokers. Throws `malformed-request`. */
export function readExtraParams(extraParams: string): { readonly tenant: string; readonly model: string } | null {
  return extraParams === "" ? null : readJson(utf8(extraParams), extraParamsShape, "extra-params");
}

function cookieOf(session: string | null): string | null {
  return session === null ? null : `${sessionCookie}=${session}`;
}

/** From a Cookie or a Set-Cookie header: 32 hex digits, else null. */
function sessionOf(header: HttpRequest["headers"][string]): string | null {
  return /(?:^|;\s*|,\s*)kbs-session-id=([0-9a-f]{32})(?:$|[;,])/.exec(header ?? "")?.[1] ?? null;
}

function missingCookie(): never {
  throw fault("the reply", `one with a cookie ${sessionCookie}`);
}
