// PostgreSQL by URL: a few connections, each replaced where it breaks.
import { Socket } from "node:net";
import { reasonOf } from "@sealserve/primitives";
import { Kysely, PostgresDialect, sql } from "kysely";
import { Pool } from "pg";
import { guardedLocation } from "./guarded-connection.ts";
import type { DatabaseLog, OpenedDatabase } from "./opened-database.ts";
import { placedPassword } from "./placed-password.ts";
import { PostgresNotices } from "./postgres-notices.ts";

export interface PostgresOptions {
  /** Any number that only the users of these tables take as a lock. */
  readonly lockNumber: number;
  readonly lockTables: readonly string[];
}

/** Milliseconds without a byte on a connection: longer than an idle one is kept, and than any statement here takes. */
const silenceLimit = 20_000;

/** Milliseconds that an open change may wait for its next statement. */
const idleLimit = 30_000;

/** Milliseconds to wait for another's change to end. */
const lockLimit = 15_000;

const connectionTimeoutMillis = 5_000;

/**
 * Connects at the first statement. `url` may name the file of its password: `?passwordFile=PATH`. Throws `UnguardedDatabaseError`, and where that file
 * cannot be read.
 */
export function openPostgres<Tables>(
  url: string,
  { lockNumber, lockTables }: PostgresOptions,
  { logger }: { readonly logger: DatabaseLog },
): OpenedDatabase<Tables> {
  const { location, Client } = placedPassword(guardedLocation(url), { logger });
  const pool = new Pool({
    Client,
    connectionString: location,
    max: 10,
    connectionTimeoutMillis,
    idleTimeoutMillis: 10_000,
    stream: limitedSocket,
  });
  // One that breaks between two statements of a change has nobody else who listens: without this the process would end. The next statement fails.
  pool.on("connect", (client) => client.on("error", nothing));
  // An idle connection that breaks is replaced at its next use.
  pool.on("error", (error) => logger.warn("a connection to the database was lost", { reason: reasonOf(error) }));
  return {
    db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
    bytes: "bytea",
    async notify(change, channel) {
      await sql`select pg_notify(${channel}, '')`.execute(change);
    },
    listen: (channel, onNotice) =>
      new PostgresNotices(
        { channel },
        {
          newClient: (socket) =>
            new Client({ connectionString: location, connectionTimeoutMillis, stream: () => socket }),
          newSocket: limitedSocket,
          ...{ onNotice, logger },
        },
      ),
    async lock(change) {
      // Somebody who begins a change and then is cut off must not keep the others waiting for TCP to notice.
      await sql`set local idle_in_transaction_session_timeout = ${sql.lit(idleLimit)}`.execute(change);
      await sql`set local lock_timeout = ${sql.lit(lockLimit)}`.execute(change);
      await sql`set local synchronous_commit = on`.execute(change);
      await sql`select pg_advisory_xact_lock(${sql.lit(lockNumber)})`.execute(change);
      if (lockTables.length > 0)
        await sql`lock table ${sql.join(lockTables.map(sql.table))} in exclusive mode`.execute(change);
    },
  };
}

function nothing(): void {}

/** Where the network swallows everything, statements fail in time instead of waiting for TCP to give up. */
function limitedSocket(): Socket {
  const socket = new Socket();
  socket.setTimeout(silenceLimit, () => socket.destroy());
  return socket;
}
