// The one call of the attestation endpoint, as a row that a client and a server read.
import { pathPattern } from "../http/path-pattern.ts";
import type { Route } from "../http/route.ts";
import {
  type AttestationArguments,
  type AttestationDocument,
  readArguments,
  readDocument,
  writeArguments,
  writeDocument,
} from "./documents.ts";

export const attestationPath = "/.well-known/attestation";

/** Answers are for one nonce and one connection: nobody may keep them. */
const headers = { "content-type": "application/json", "cache-control": "no-store" };

/** `POST /.well-known/attestation` (docs/design/002). */
const attest: Route<AttestationArguments, AttestationDocument> = {
  name: "attest",
  method: "POST",
  path: pathPattern(attestationPath),
  writeRequest: (args) => ({
    method: "POST",
    path: attestationPath,
    query: "",
    headers: { "content-type": "application/json" },
    body: writeArguments(args),
  }),
  readRequest: ({ body }) => readArguments(body),
  writeReply: (document) => ({ status: 200, headers, body: [writeDocument(document)] }),
  readReply: ({ body }) => readDocument(body),
};

export const attestationRoutes = { attest } as const;
