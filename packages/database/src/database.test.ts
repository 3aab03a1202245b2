// Changes exclude each other and last, on both kinds of databases; what a database cannot do is told by kind.
import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  type PostgresCluster,
  postgresPrograms,
  startPostgres,
} from "@sealserve/conformance/fixtures/postgres-cluster";
import { type Kysely, sql } from "kysely";
import { Database, type Migrations, troubleOf } from "./index.ts";

interface Tables {
  readonly counters: { name: string; count: number };
}

const migrations: Migrations = ({ bytes }) => ({
  "001-begin": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("counters")
        .addColumn("name", "text", (column) => column.primaryKey())
        .addColumn("count", "integer", (column) => column.notNull())
        .addColumn("noise", bytes)
        .execute();
    },
  },
});

const programs = postgresPrograms();
let cluster: PostgresCluster | null = null;
let folder: string;
let databases = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sealserve-database-"));
  if (programs) cluster = startPostgres(programs);
});
after(async () => {
  cluster?.[Symbol.dispose]();
  await rm(folder, { recursive: true, force: true });
});

const logger = { warn: () => {} };
const open = (location: string) => Database.open<Tables>(location, { migrations, lockNumber: 42 }, { logger });

async function countUp(database: Database<Tables>): Promise<void> {
  await database.exclusively(async (change) => {
    const found = await change.selectFrom("counters").select("count").executeTakeFirst();
    if (!found) await change.insertInto("counters").values({ name: "a", count: 1 }).execute();
    else
      await change
        .updateTable("counters")
        .set({ count: found.count + 1 })
        .execute();
  });
}

const countOf = async ({ db }: Database<Tables>): Promise<number | undefined> =>
  (await db.selectFrom("counters").select("count").executeTakeFirst())?.count;

const kinds = [
  ["SQLite", () => join(folder, `sub${databases}`, `${databases++}.db`), false],
  [
    "PostgreSQL",
    () => cluster?.newDatabase(`d${databases++}`) ?? "",
    programs === null && "PostgreSQL is not installed under /usr/lib/postgresql",
  ],
] as const;

for (const [kind, place, skip] of kinds) {
  describe(kind, { skip }, () => {
    it("lets one change after the other through, from two openings, and keeps them", async () => {
      const location = place();
      {
        const [first, second] = await Promise.all([open(location), open(location)]);
        await using _first = first;
        await using _second = second;
        await Promise.all(Array.from({ length: 40 }, (_, i) => countUp(i % 2 ? first : second)));
        assert.equal(await countOf(second), 40);
      }
      await using again = await open(location);
      assert.equal(await countOf(again), 40);
    });

    it("undoes a change that throws", async () => {
      await using database = await open(place());
      await countUp(database);
      const failing = database.exclusively(async (change) => {
        await change.updateTable("counters").set({ count: 9 }).execute();
        throw new RangeError("no");
      });
      await assert.rejects(failing, RangeError);
      assert.equal(await countOf(database), 1);
      assert.equal(await database.answers(), true);
    });
  });
}

describe("PostgreSQL that goes away", { skip: kinds[1][2] }, () => {
  it("is told as unreachable, and used again once it is back", async () => {
    await using database = await open(place("PostgreSQL"));
    await countUp(database);
    cluster?.stop();
    await assert.rejects(countUp(database), (error) => troubleOf(error) === "unreachable");
    assert.equal(await database.answers(), false);
    cluster?.start();
    await countUp(database);
    assert.equal(await countOf(database), 2);
  });

  it("takes a change on a new connection where it went away and came back while nobody used the old ones", async () => {
    await using database = await open(place("PostgreSQL"));
    await Promise.all([countUp(database), database.answers(), database.answers()]);
    // All at once: nobody hears of the ends of the connections before the change begins.
    cluster?.stop();
    cluster?.start();
    await countUp(database);
    assert.equal(await countOf(database), 2);
  });
});

function place(kind: "SQLite" | "PostgreSQL"): string {
  return kinds[kind === "SQLite" ? 0 : 1][1]();
}

describe("a database that cannot be used", () => {
  it("is told without its location, which may hold a password", async () => {
    await assert.rejects(open("postgres://user:hunter2@127.0.0.1:1/none"), (error: Error & { facts?: object }) => {
      assert.deepEqual(error.facts, { kind: "PostgreSQL", trouble: "unreachable" });
      return !error.message.includes("hunter2");
    });
    await assert.rejects(open("/dev/null/state.db"), { code: "unusable" });
  });

  it("that is full says so, and keeps what was kept", async () => {
    await using database = await open(place("SQLite"));
    await countUp(database);
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(database.db);
    await sql`pragma max_page_count = ${sql.lit(rows[0]?.page_count ?? 1)}`.execute(database.db);
    const filling = database.exclusively((change) =>
      sql`update counters set noise = zeroblob(1000000)`.execute(change).then(() => {}),
    );
    await assert.rejects(filling, (error) => troubleOf(error) === "full");
    assert.equal(await countOf(database), 1);
  });

  it("is its owner's alone", async () => {
    const file = place("SQLite");
    await using _database = await open(file);
    assert.equal((await stat(file)).mode & 0o077, 0);
  });
});
