// The desired state in SQLite or PostgreSQL: kept before it is told, and looked at again for what others change.
import { Database } from "@sealserve/database";
import { type DesiredState, isInferenceError } from "@sealserve/inference";
import type { Logger } from "@sealserve/server";
import type { Clock, Timer } from "@sealserve/serving";
import type { Kysely } from "kysely";
import { checkedState } from "./checked-state.ts";
import type { DesiredStateStore, EditModels, EditWorkflows } from "./desired-states.ts";
import { type StateTables, stateLock, stateMigrations } from "./state-tables.ts";
import { stateUnavailable } from "./state-unavailable.ts";
import { WatchedState } from "./watched-state.ts";

export interface DatabaseStateOptions {
  /** `postgres://…`, or the path of a SQLite file. */
  readonly location: string;
  /** Milliseconds between looks at what others changed; PostgreSQL tells most of it at once. */
  readonly pollInterval?: number;
}

export interface DatabaseStateParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names the states of one database, such as a random UUID. */
  newEpoch(): string;
}

/** Of notices of PostgreSQL. */
const channel = "sealserve_desired_state";

/** Throws `DatabaseError` where the database cannot be used at the start; later the last known state is served until it can. */
export async function openStateStore(
  { location, pollInterval = 1000 }: DatabaseStateOptions,
  parts: DatabaseStateParts,
): Promise<DesiredStateStore> {
  const options = { migrations: stateMigrations, lockNumber: stateLock };
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await Database.open<StateTables>(location, options, parts));
  const first = await database.exclusively(async (change) => (await read(change)) ?? begin(change, parts));
  const store = new DatabaseStateStore({ pollInterval }, { ...parts, database, first });
  stack.move();
  return store;
}

interface StoreParts extends DatabaseStateParts {
  readonly database: Database<StateTables>;
  readonly first: DesiredState;
}

class DatabaseStateStore implements DesiredStateStore {
  readonly #parts: StoreParts;
  readonly #pollInterval: number;
  readonly #watched: WatchedState;
  #looking: Promise<void> = Promise.resolve();
  #timer: Timer | null = null;
  #away = false;
  #closed = false;
  readonly #notices: AsyncDisposable;
  /** Whether a look is to come that has not begun. */
  #due = false;

  constructor({ pollInterval }: { readonly pollInterval: number }, parts: StoreParts) {
    this.#parts = parts;
    this.#pollInterval = pollInterval;
    this.#watched = new WatchedState(parts.first);
    this.#notices = parts.database.listen(channel, () => this.#lookSoon());
    this.#lookLater();
  }

  get current(): DesiredState {
    return this.#watched.current;
  }

  onChange(listener: (state: DesiredState) => void): Disposable {
    return this.#watched.onChange(listener);
  }

  change(edit: EditModels): Promise<DesiredState> {
    return this.#change(({ models }) => ({ models: edit(models) }));
  }

  changeWorkflows(edit: EditWorkflows): Promise<DesiredState> {
    return this.#change(({ workflows = {} }) => ({ workflows: edit(workflows) }));
  }

  async #change(edit: (before: DesiredState) => Partial<DesiredState>): Promise<DesiredState> {
    try {
      const state = await this.#parts.database.exclusively(async (change) => {
        const before = (await read(change)) ?? (await begin(change, this.#parts));
        const next = checkedState({ ...before, ...edit(before), revision: before.revision + 1 });
        const { revision, models, workflows = {} } = next;
        await change
          .updateTable("desired_state")
          .set({ revision, models: JSON.stringify(models), workflows: JSON.stringify(workflows) })
          .execute();
        await this.#parts.database.notify(change, channel);
        return next;
      });
      this.#watched.take(state);
      return state;
    } catch (error) {
      if (isInferenceError(error)) throw error;
      this.#parts.logger.error("the desired state could not be changed", { error });
      throw stateUnavailable(error);
    }
  }

  surpassed(mark: Pick<DesiredState, "epoch" | "revision">): void {
    if (this.#closed || mark.epoch !== this.#watched.current.epoch) return;
    const { logger } = this.#parts;
    this.#looking = this.#looking
      .then(() => this.#beginAgain(mark))
      .catch((error: unknown) => logger.warn("the desired state may be an older one, and cannot be read", { error }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#notices[Symbol.asyncDispose]();
    await this.#looking;
    await this.#parts.database[Symbol.asyncDispose]();
  }

  #lookLater(): void {
    if (this.#closed) return;
    this.#timer = this.#parts.clock.setTimer(this.#pollInterval, () => {
      this.#lookSoon();
      void this.#looking.finally(() => this.#lookLater());
    });
  }

  /** One after the other; notices that come together are one look. */
  #lookSoon(): void {
    if (this.#closed || this.#due) return;
    this.#due = true;
    this.#looking = this.#looking.then(() => {
      this.#due = false;
      return this.#look();
    });
  }

  async #look(): Promise<void> {
    const { database, logger } = this.#parts;
    try {
      const known = this.#watched.current;
      const { epoch, revision } = known;
      const found = await readUnless(database.db, known);
      if (this.#away) logger.info("the desired state can be read again");
      this.#away = false;
      // What was read while a change was made may be older than that.
      if (found === null || this.#watched.current !== known) return;
      if (found.epoch === epoch && found.revision < revision) await this.#beginAgain(known);
      else this.#watched.take(found);
    } catch (error) {
      if (!this.#away) logger.warn("the desired state cannot be read; the last known one holds", { error });
      this.#away = true;
    }
  }

  /**
   * The database went back, such as to a backup: nodes that know a higher revision would not take what it says. A new epoch makes it the truth
   * again. Whoever holds the lock reads the truth: what looked lower may only have been read before a change.
   */
  async #beginAgain({ epoch, revision }: Pick<DesiredState, "epoch" | "revision">): Promise<void> {
    const { database, logger, newEpoch } = this.#parts;
    const state = await database.exclusively(async (change) => {
      const found = await read(change);
      if (!found || found.epoch !== epoch || found.revision >= revision) return found;
      const again = { ...found, epoch: newEpoch() };
      await change.updateTable("desired_state").set({ epoch: again.epoch }).execute();
      await database.notify(change, channel);
      logger.warn("the desired state went back to an older one, which holds from now on", {
        from: revision,
        to: found.revision,
      });
      return again;
    });
    if (state) this.#watched.take(state);
  }
}

async function read(db: Kysely<StateTables>): Promise<DesiredState | null> {
  const row = await db
    .selectFrom("desired_state")
    .select(["epoch", "revision", "models", "workflows"])
    .executeTakeFirst();
  if (!row) return null;
  try {
    return checkedState({ ...row, models: JSON.parse(row.models), workflows: JSON.parse(row.workflows) });
  } catch (error) {
    throw new RangeError("what the database holds is no desired state", { cause: error });
  }
}

/** Null where the state is that one: a look each second shall not carry all models. */
async function readUnless(
  db: Kysely<StateTables>,
  known: { readonly epoch: string; readonly revision: number },
): Promise<DesiredState | null> {
  const row = await db.selectFrom("desired_state").select(["epoch", "revision"]).executeTakeFirst();
  return row && (row.epoch !== known.epoch || row.revision !== known.revision) ? read(db) : null;
}

async function begin(
  db: Kysely<StateTables>,
  { newEpoch }: Pick<DatabaseStateParts, "newEpoch">,
): Promise<DesiredState> {
  const state = { epoch: newEpoch(), revision: 0, models: {} };
  await db
    .insertInto("desired_state")
    .values({ ...state, id: 1, models: "{}", workflows: "{}" })
    .execute();
  return state;
}
