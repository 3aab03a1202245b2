// Sends all rows to a pair of servers, in order, keeping the tokens that they give out.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { until } from "../e2e/until.ts";
import { exchange, type WireAnswer } from "./exchange.ts";
import type { ComparedServer } from "./real-torchserve.ts";
import type { Row, ServerName } from "./row.ts";

export type ComparedServers = Readonly<Record<ServerName, ComparedServer>>;

export interface Asked {
  readonly row: Row;
  readonly answers: readonly WireAnswer[];
}

interface Keys {
  readonly inference: string;
  readonly management: string;
  readonly API: string;
}

/** Both servers' models must be ready. */
export async function askAll(rows: readonly Row[], servers: ComparedServers, store: string): Promise<readonly Asked[]> {
  const first = await keysOf(servers.guarded);
  const asked: Asked[] = [];
  for (const row of rows) {
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
    const end = performance.now() + row.within;
    let answers = await exchange(row, server.urls[row.listener], fill);
    while (answers.some(({ status }) => status >= 500) && performance.now() < end) {
      await wait(250);
      answers = await exchange(row, server.urls[row.listener], fill);
    }
    asked.push({ row, answers });
  }
  return asked;
}

/** Resolves once every worker of every model says that it is ready. */
export async function modelsReady(server: ComparedServer, models: readonly string[]): Promise<void> {
  for (const model of models) {
    await until(
      async () => {
        const keys = await keysOf(server);
        const answer = await fetch(`${server.urls.management}/models/${model}/all`, {
          headers: keys.management === "" ? {} : { Authorization: `Bearer ${keys.management}` },
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
