// The client's host: runs inside its namespace, asks as it is told by JSON lines, and tells what came of it.
import { once } from "node:events";
import { Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent, request } from "node:https";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import type { Answer, Asked, ClientOrder, ClientReply, Failure, Tally, Target, TrafficOrder } from "./client-orders.ts";

/** Any certificate: what servers prove of themselves is the subject of other tests. */
const agents = { secure: new Agent({ keepAlive: true, rejectUnauthorized: false }), plain: new PlainAgent() };

async function ask({ url, method = "GET", headers = {}, body, timeout }: Asked): Promise<Answer> {
  const signal = AbortSignal.timeout(timeout);
  const secure = url.startsWith("https:");
  try {
    const asked = secure
      ? request(url, { method, headers, signal, agent: agents.secure })
      : plainRequest(url, { method, headers, signal, agent: agents.plain });
    asked.end(body);
    const [answer] = await once(asked, "response", { signal });
    return { status: answer.statusCode, text: await text(answer) };
  } catch (error) {
    if (signal.aborted) return { status: 0, text: `no answer within ${timeout} ms` };
    return { status: 0, text: error instanceof Error && "code" in error ? String(error.code) : String(error) };
  }
}

/** Loops of requests against each target, or against those that say they are ready. */
class Traffic {
  readonly #order: TrafficOrder;
  readonly #times = new Map<string, number[]>();
  readonly #failures: Failure[] = [];
  readonly #ready: Set<string>;
  readonly #running: Promise<void>[];
  #stopped = false;

  constructor(order: TrafficOrder) {
    this.#order = order;
    const { targets, loops, balanced } = order;
    this.#ready = new Set(targets.map(({ name }) => name));
    this.#running = balanced
      ? [this.#watch(), ...Array.from({ length: loops }, () => this.#loop(() => this.#anyReady()))]
      : targets.flatMap((target) => Array.from({ length: loops }, () => this.#loop(() => target)));
  }

  async end(): Promise<Tally> {
    this.#stopped = true;
    await Promise.all(this.#running);
    return { times: Object.fromEntries(this.#times), failures: this.#failures };
  }

  #anyReady(): Target | undefined {
    const ready = this.#order.targets.filter(({ name }) => this.#ready.has(name));
    return ready[Math.floor(Math.random() * ready.length)];
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      for (const { name, health } of this.#order.targets) {
        const { status } = await ask({ url: health, timeout: 500 });
        if (status === 200) this.#ready.add(name);
        else this.#ready.delete(name);
      }
      await wait(100);
    }
  }

  async #loop(choose: () => Target | undefined): Promise<void> {
    const { question, expected, pause } = this.#order;
    while (!this.#stopped) {
      const target = choose();
      const sentAt = Date.now();
      const begun = performance.now();
      const answer = target ? await ask({ ...question, url: target.url }) : { status: 0, text: "nobody is ready" };
      const took = performance.now() - begun;
      const name = target?.name ?? "nobody";
      if (answer.status === 200 && answer.text.includes(expected)) {
        const times = this.#times.get(name) ?? [];
        this.#times.set(name, times);
        times.push(took);
      } else {
        this.#failures.push({ target: name, sentAt, took, status: answer.status, text: answer.text.slice(0, 300) });
      }
      await wait(pause);
    }
  }
}

let traffic: Traffic | null = null;

async function obey(order: ClientOrder): Promise<ClientReply> {
  switch (order.act) {
    case "ask":
      return await ask(order.asked);
    case "begin":
      traffic = new Traffic(order.traffic);
      return null;
    case "end":
      return (await traffic?.end()) ?? null;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, order }: { id: number; order: ClientOrder } = JSON.parse(line);
  void obey(order).then((reply) => process.stdout.write(`${JSON.stringify({ id, reply })}\n`));
}
process.exit(0);
