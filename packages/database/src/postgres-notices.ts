// Hears at once of what others change in PostgreSQL, by its notifications, on a connection of its own.
import type { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { reasonOf } from "@sealserve/primitives";
import type { Client } from "pg";
import type { DatabaseLog } from "./opened-database.ts";

export interface PostgresNoticesOptions {
  /** Letters and `_` only: it is part of a statement. */
  readonly channel: string;
}

export interface PostgresNoticesParts {
  /** A client on this socket that has not connected yet. */
  newClient(socket: Socket): Client;
  newSocket(): Socket;
  /** Called for each notice, and after each interruption: some may have been lost meanwhile. Must not throw. */
  onNotice(): void;
  readonly logger: DatabaseLog;
}

/** Milliseconds between two signs of life, and from one attempt to connect to the next. */
const [beat, shortestPause, longestPause] = [10_000, 1_000, 30_000];

/** Until it is disposed. Whoever relies on it looks by itself too, now and then: a database behind a pooler may send no notice at all. */
export class PostgresNotices implements AsyncDisposable {
  readonly #parts: PostgresNoticesParts;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor({ channel }: PostgresNoticesOptions, parts: PostgresNoticesParts) {
    this.#parts = parts;
    this.#running = this.#run(channel);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(channel: string): Promise<void> {
    const { logger } = this.#parts;
    const { signal } = this.#stopping;
    let pause = shortestPause;
    while (!signal.aborted) {
      try {
        await this.#listen(channel, () => {
          pause = shortestPause;
        });
      } catch (error) {
        if (!signal.aborted && pause === shortestPause)
          logger.warn("changes that others make are not told at once", { reason: reasonOf(error) });
      }
      await this.#sleep(pause);
      pause = Math.min(longestPause, pause * 2);
    }
  }

  /** Throws what ends the connection. */
  async #listen(channel: string, onListening: () => void): Promise<void> {
    const { newClient, newSocket, onNotice } = this.#parts;
    const { signal } = this.#stopping;
    const socket = newSocket();
    const cut = (): void => void socket.destroy();
    signal.addEventListener("abort", cut, { once: true });
    try {
      const client = newClient(socket);
      const ended = new Promise<never>((_, reject) => {
        client.once("end", () => reject(new Error("the connection ended")));
        client.on("error", reject);
      });
      ended.catch(() => "told where it is waited for");
      client.on("notification", onNotice);
      await Promise.race([client.connect(), ended]);
      await Promise.race([client.query(`listen "${channel}"`), ended]);
      onListening();
      onNotice();
      for (;;) {
        await Promise.race([this.#sleep(beat), ended]);
        signal.throwIfAborted();
        await Promise.race([client.query("select 1"), ended]);
      }
    } finally {
      signal.removeEventListener("abort", cut);
      socket.destroy();
    }
  }

  async #sleep(time: number): Promise<void> {
    try {
      await setTimeout(time, undefined, { signal: this.#stopping.signal });
    } catch (error) {
      if (!this.#stopping.signal.aborted) throw error;
    }
  }
}
