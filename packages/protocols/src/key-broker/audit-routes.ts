// The auditors' calls: entries of the audit log, its signed head, and what one decision was based on.
import { pathPattern } from "../http/path-pattern.ts";
import type { Route } from "../http/route.ts";
import type { Administered } from "./admin-routes.ts";
import { bearerOf, jsonReply, jsonRequest, readJsonReply, refuseQuery } from "./json-route.ts";
import { KeyBrokerError } from "./key-broker-error.ts";
import { list, matching, nullable, readJson, record, type Shape, text, whole } from "./shape.ts";

/** A row of the log; `entry` is canonical JSON, or null where it is another tenant's. */
export interface AuditRowDocument {
  readonly sequence: number;
  readonly entry: string | null;
  readonly entryHash: string;
  readonly hash: string;
}

export interface CheckpointDocument {
  readonly sequence: number;
  readonly hash: string;
  /** ISO 8601. */
  readonly time: string;
  /** base64url of the Ed25519 signature over the canonical JSON of the other members. */
  readonly signature: string;
  /** base64 of the public key (SubjectPublicKeyInfo): pin it when it is first seen. */
  readonly key: string;
}

/** Stands for entries that were removed; the rest of the chain hangs on `hash`. */
export interface PrunedDocument {
  /** The last entry that was removed. */
  readonly through: number;
  /** Its link. */
  readonly hash: string;
  /** No entry of this time (ISO 8601) or later was removed. */
  readonly before: string;
  /** When they were removed. */
  readonly time: string;
  /** As in a checkpoint. */
  readonly signature: string;
  readonly key: string;
}

/** Contents by their SHA-256, as text. */
export interface GroundsDocument {
  readonly row: AuditRowDocument;
  readonly evidence: string | null;
  readonly collateral: string | null;
  readonly policy: string | null;
}

export interface AuditPage extends Administered {
  /** Number of the first entry. */
  readonly from: number;
  /** At most 1,000. */
  readonly limit: number;
}

const most = 2 ** 31;
const digest = matching(/^[0-9a-f]{64}$/, "64 hex digits");
const rowShape: Shape<AuditRowDocument> = record({
  sequence: whole(1, most),
  entry: nullable(text(64 * 1024)),
  entryHash: digest,
  hash: digest,
});

const readAudit: Route<AuditPage, readonly AuditRowDocument[]> = {
  name: "read-audit",
  method: "GET",
  path: pathPattern("/admin/v1/audit/entries/{from}/{limit}"),
  writeRequest: ({ token, from, limit }) =>
    jsonRequest({ ...readAudit, token, captured: { from: String(from), limit: String(limit) } }),
  readRequest(request, { from = "", limit = "" }) {
    refuseQuery(request);
    return { token: bearerOf(request), from: readCount(from, most), limit: readCount(limit, 1000) };
  },
  writeReply: (rows) => jsonReply(rows),
  readReply: (answer) => readJsonReply(answer, list(rowShape, 1000)),
};

const checkpoint: Route<Administered, CheckpointDocument> = {
  name: "audit-checkpoint",
  method: "GET",
  path: pathPattern("/admin/v1/audit/checkpoint"),
  writeRequest: ({ token }) => jsonRequest({ ...checkpoint, token }),
  readRequest(request) {
    refuseQuery(request);
    return { token: bearerOf(request) };
  },
  writeReply: (document) => jsonReply(document),
  readReply: (answer) =>
    readJsonReply(
      answer,
      record({ sequence: whole(0, most), hash: digest, time: text(64), signature: text(128), key: text(256) }),
    ),
};

const grounds: Route<Administered & { readonly sequence: number }, GroundsDocument> = {
  name: "audit-grounds",
  method: "GET",
  path: pathPattern("/admin/v1/audit/grounds/{sequence}"),
  writeRequest: ({ token, sequence }) => jsonRequest({ ...grounds, token, captured: { sequence: String(sequence) } }),
  readRequest(request, { sequence = "" }) {
    refuseQuery(request);
    return { token: bearerOf(request), sequence: readCount(sequence, most) };
  },
  writeReply: (document) => jsonReply(document),
  readReply: (answer) => {
    const content = nullable(text(16 * 1024 * 1024));
    return readJsonReply(answer, record({ row: rowShape, evidence: content, collateral: content, policy: content }));
  },
};

const prunedShape: Shape<PrunedDocument> = record({
  through: whole(1, most),
  hash: digest,
  ...{ before: text(64), time: text(64), signature: text(128), key: text(256) },
});

const prunedPath = pathPattern("/admin/v1/audit/pruned");

const pruned: Route<Administered, PrunedDocument | null> = {
  name: "audit-pruned",
  method: "GET",
  path: prunedPath,
  writeRequest: ({ token }) => jsonRequest({ ...pruned, token }),
  readRequest(request) {
    refuseQuery(request);
    return { token: bearerOf(request) };
  },
  writeReply: (document) => jsonReply({ pruned: document }),
  readReply: (answer) => readJsonReply(answer, record({ pruned: nullable(prunedShape) })).pruned,
};

/** Removes entries from before a time, ISO 8601. */
const prune: Route<Administered & { readonly before: string }, PrunedDocument> = {
  name: "audit-prune",
  method: "POST",
  path: prunedPath,
  writeRequest: ({ token, before }) => jsonRequest({ ...prune, token, document: { before } }),
  readRequest(request) {
    refuseQuery(request);
    return { token: bearerOf(request), ...readJson(request.body, record({ before: text(64) })) };
  },
  writeReply: (document) => jsonReply(document),
  readReply: (answer) => readJsonReply(answer, prunedShape),
};

export const auditRoutes = { readAudit, checkpoint, grounds, pruned, prune };

function readCount(written: string, limit: number): number {
  const count = /^[1-9]\d{0,9}$/.test(written) ? Number(written) : 0;
  if (count >= 1 && count <= limit) return count;
  throw new KeyBrokerError("malformed-request", { problem: `the path must have a whole number from 1 to ${limit}` });
}
