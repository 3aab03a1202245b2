// A key broker's audit log as a command reads it: page by page, its chain checked, its checkpoint kept.
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { ChainVerifier, type SeenCheckpoint } from "@sealserve/key-broker";
import { type AuditRowDocument, auditRoutes, type CheckpointDocument } from "@sealserve/protocols/key-broker";
import type { AskBroker } from "./broker-connection.ts";
import { readBytesFile } from "./trust-files.ts";
import { UsageError } from "./usage-error.ts";

const pageSize = 500;

/** From entry `from` on, in order. */
export async function* auditRows(ask: AskBroker, from: number): AsyncGenerator<AuditRowDocument> {
  let next = from;
  for (;;) {
    const page = await ask(auditRoutes.readAudit, { from: next, limit: pageSize });
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < pageSize) return;
    next = last.sequence + 1;
  }
}

/** The signed head of a log that is whole up to it; what is appended meanwhile is left for the next time. Throws `AuditError`. */
export async function verifiedLog(ask: AskBroker, seen: SeenCheckpoint | null): Promise<CheckpointDocument> {
  // First: what is pruned after it was asked shows as a gap, not as a longer log.
  const pruned = await ask(auditRoutes.pruned, {});
  const checkpoint = await ask(auditRoutes.checkpoint, {});
  const verifier = new ChainVerifier(seen, pruned);
  for await (const row of auditRows(ask, verifier.sequence + 1)) {
    if (row.sequence > checkpoint.sequence) break;
    verifier.take(row);
  }
  verifier.finish(checkpoint);
  return checkpoint;
}

export interface CheckpointFile {
  /** Null where there is no file yet. */
  readonly seen: SeenCheckpoint | null;
  keep(checkpoint: SeenCheckpoint): void;
}

/** Throws `UsageError` for a file that is no checkpoint: it is not taken for none. */
export function checkpointFile(path: string): CheckpointFile {
  return {
    seen: existsSync(path) ? readCheckpoint(path) : null,
    keep({ sequence, hash, key }) {
      writeFileSync(`${path}.new`, `${JSON.stringify({ sequence, hash, key }, null, 2)}\n`);
      renameSync(`${path}.new`, path);
    },
  };
}

function readCheckpoint(path: string): SeenCheckpoint {
  const refused = (cause?: unknown) => new UsageError(`${path} is no checkpoint of an audit log`, cause);
  try {
    const value: unknown = JSON.parse(readBytesFile(path, 64 * 1024).toString("utf8"));
    const { sequence, hash, key } = Object(value);
    if (Number.isSafeInteger(sequence) && typeof hash === "string" && typeof key === "string") {
      return { sequence, hash, key };
    }
  } catch (error) {
    throw refused(error);
  }
  throw refused();
}
