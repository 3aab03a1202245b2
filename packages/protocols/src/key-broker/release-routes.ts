// Our own calls beside the confidential-containers protocol: the key of a sealed file, and a certificate for the mesh.

import { toBase64 } from "../http/base64.ts";
import { pathPattern } from "../http/path-pattern.ts";
import type { Route } from "../http/route.ts";
import { bearerOf, jsonReply, jsonRequest, readJsonReply, refuseQuery } from "./json-route.ts";
import { type FlattenedJwe, jweShape } from "./jwe-document.ts";
import { type MeshRole, meshRoles, nameShape } from "./names.ts";
import { base64, list, oneOf, readJson, record, text } from "./shape.ts";

/** Whose policy decides: the tenant's for this model. */
export interface ReleaseScope {
  /** From `attest`; null is refused. */
  readonly token: string | null;
  readonly tenant: string;
  readonly model: string;
}

/** A stanza of an age header (age v1, "Recipient stanza"), as `@sealserve/sealing` has it. */
export interface StanzaDocument {
  readonly args: readonly string[];
  readonly body: Uint8Array;
}

export interface UnwrapArguments extends ReleaseScope {
  /** Of one sealed file. */
  readonly stanzas: readonly StanzaDocument[];
}

export interface CertificateArguments extends ReleaseScope {
  readonly role: MeshRole;
  /** PKCS #10 in PEM, over the attested key or the one that the report data names. */
  readonly csr: string;
}

export interface CertificateResult {
  /** PEM: the certificate, then what leads to its root. */
  readonly certificate: string;
  /** PEM of the mesh's roots. */
  readonly roots: string;
}

const stanzaShape = record({ args: list(text(4096), 16), body: base64(4 * 1024) });
const unwrapShape = record({ tenant: nameShape, model: nameShape, stanzas: list(stanzaShape, 32) });

/** Result: a JWE over the 16 bytes of the file key. */
const unwrap: Route<UnwrapArguments, FlattenedJwe> = {
  name: "unwrap",
  method: "POST",
  path: pathPattern("/v1/unwrap"),
  writeRequest: ({ token, tenant, model, stanzas }) => {
    const written = stanzas.map(({ args, body }) => ({ args, body: toBase64(body) }));
    return jsonRequest({ ...unwrap, token, document: { tenant, model, stanzas: written } });
  },
  readRequest(request) {
    refuseQuery(request);
    return { token: bearerOf(request), ...readJson(request.body, unwrapShape) };
  },
  writeReply: (jwe) => jsonReply(jwe),
  readReply: (answer) => readJsonReply(answer, jweShape),
};

const certificateShape = record({
  tenant: nameShape,
  model: nameShape,
  role: oneOf(...meshRoles),
  csr: text(8 * 1024),
});

const certificate: Route<CertificateArguments, CertificateResult> = {
  name: "certificate",
  method: "POST",
  path: pathPattern("/v1/certificate"),
  writeRequest: ({ token, tenant, model, role, csr }) =>
    jsonRequest({ ...certificate, token, document: { tenant, model, role, csr } }),
  readRequest(request) {
    refuseQuery(request);
    return { token: bearerOf(request), ...readJson(request.body, certificateShape) };
  },
  writeReply: (result) => jsonReply(result),
  readReply: (answer) => readJsonReply(answer, record({ certificate: text(64 * 1024), roots: text(64 * 1024) })),
};

export const releaseRoutes = { unwrap, certificate };
