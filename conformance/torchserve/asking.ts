// Sends rows to a set of servers, with the tokens that they have given out until then.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { until } from "../e2e/until.ts";
import { exchange } from "./exchange.ts";
import type { Row, ServerName } from "./row.ts";
import type { ComparedServer } from "./started-server.ts";
import type { WireAnswer } from "./wire-answer.ts";

export type ComparedServers = Readonly<Record<ServerName, ComparedServer>>;

interface Keys {
  readonly inference: string;
  readonly management: string;
  readonly API: string;
}

export type Asker = (row: Row) => Promise<readonly WireAnswer[]>;

/** Their models must be ready; `store` is their model store. */
export async function createAsker(servers: ComparedServers, store: string): Promise<Asker> {
  const first = await keysOf(servers.guarded);
  return async (row) => {
    const server = servers[row.server];
    const now = row.server === "guarded" ? await keysOf(server) : first;
    const fill = (text: string): string =>
      text
        .replace("{store}", store)
        .replace("{old-inference}", first.inference)
        .replace("{old-management}", first.management)
        .replace("{inference}", now.inference)
        .replace("{management}", now.management)
        .replace("{API}", now.API);
    const ask = (): Promise<readonly WireAnswer[]> => exchange(row, server.urls[row.listener], fill);
    const end = performance.now() + row.within;
    let answers = await ask();
    while (answers.some(({ status }) => status === 0 || status >= 500) && performance.now() < end) {
      await wait(250);
      answers = await ask();
    }
    return answers;
  };
}

/** Resolves once every worker of every model says that it is ready. */
export async function modelsReady(server: ComparedServer, models: readonly string[]): Promise<void> {
  for (const model of models) {
    await until(
      async () => {
        const { management } = await keysOf(server);
        const answer = await fetch(`${server.urls.management}/models/${model}/all`, {
          headers: management === "" ? {} : { Authorization: `Bearer ${management}` },
        });
        const versions: unknown = await answer.json();
        if (!Array.isArray(versions)) return false;
        const workers = versions.flatMap((version) => version.workers ?? []);
        return workers.length > 0 && workers.every(({ status }) => status === "READY");
      },
      () => `${model} did not become ready: ${server.log().slice(-2000)}`,
      { limit: 120_000, interval: 200 },
    );
  }
}

/** What its key_file.json says; nothing where it has none. */
async function keysOf(server: ComparedServer): Promise<Keys> {
  const text = await readFile(join(server.folder, "key_file.json"), "utf8").catch(() => "{}");
  const read = JSON.parse(text);
  return { inference: read.inference?.key ?? "", management: read.management?.key ?? "", API: read.API?.key ?? "" };
}
