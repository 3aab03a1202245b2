// What clients see while something happens: traffic before, during and after it, summed up in one line for the report of the test.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Asked, Failure, Tally } from "../../fixtures/client-orders.ts";
import { type Frontend, frontends, type Lab } from "./lab.ts";

export interface ObserveOptions {
  /** As behind a load balancer that asks `/readyz`; otherwise each frontend is asked all the time. */
  readonly balanced?: boolean;
  /** Default: the sealed model `add`. */
  readonly question?: Question;
}

/** What clients ask at a port of each frontend. */
export interface Question {
  readonly port: number;
  readonly path: string;
  readonly asked: Omit<Asked, "url">;
  /** Part of each right answer. */
  readonly expected: string;
}

export class Observed {
  readonly failures: readonly Failure[];
  readonly #tally: Tally;
  readonly #faultAt: number;

  constructor(tally: Tally, faultAt: number) {
    this.#tally = tally;
    this.#faultAt = faultAt;
    this.failures = tally.failures;
  }

  /** Milliseconds of each right answer, the fastest first. */
  times(target: string): readonly number[] {
    return (this.#tally.times[target] ?? []).toSorted((a, b) => a - b);
  }

  failuresOf(target: string): readonly Failure[] {
    return this.failures.filter((failure) => failure.target === target);
  }

  /** Milliseconds from the fault to the end of the last of these requests. */
  end(failures: readonly Failure[] = this.failures): number {
    return Math.max(0, ...failures.map(({ sentAt, took }) => sentAt + took - this.#faultAt));
  }

  summary(): string {
    return Object.keys(this.#tally.times)
      .sort()
      .map((target) => {
        const times = this.times(target);
        const percentile = (share: number) => `${Math.round(times[Math.floor(times.length * share)] ?? 0)} ms`;
        return `${target}: ${times.length} answered (p50 ${percentile(0.5)}, p99 ${percentile(0.99)}), ${this.#lost(target)}`;
      })
      .join("; ");
  }

  #lost(target: string): string {
    const failures = this.failuresOf(target);
    if (failures.length === 0) return "none failed";
    const kinds = Object.entries(Object.groupBy(failures, ({ status, text }) => (status ? `${status}` : text)));
    const begin = Math.min(...failures.map(({ sentAt }) => sentAt - this.#faultAt));
    const told = kinds.map(([kind, those = []]) => `${those.length} × ${kind}`).join(", ");
    return `${failures.length} failed (${told}) between ${seconds(begin)} and ${seconds(this.end(failures))} after the fault`;
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Milliseconds that a client waits for an answer. */
export const patience = 3_000;
/** Milliseconds that it is watched before the fault and after `act`. */
const calm = 700;

const tensor = (name: string) => ({ name, datatype: "FP32", shape: [1, 4], data: [1, 2, 3, 4] });
export const addQuestion: Question = {
  port: 8000,
  path: "/v2/models/add/infer",
  asked: {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ inputs: [tensor("a"), tensor("b")] }),
    timeout: patience,
  },
  expected: "[2.0,4.0,6.0,8.0]",
};
export const pacedQuestion: Question = {
  port: 8080,
  path: "/predictions/paced",
  asked: { method: "POST", body: "a row", timeout: patience },
  expected: "paced",
};

export function askedOf(lab: Lab, host: Frontend, { port, path, asked }: Question = addQuestion): Asked {
  return { ...asked, url: `https://${lab.network.address(host)}:${port}${path}` };
}

/** Four requests at a time, while `act` does what the test is about. Fails where requests fail before that. */
export async function observe(
  lab: Lab,
  t: TestContext,
  act: () => Promise<void>,
  { balanced = false, question = addQuestion }: ObserveOptions = {},
): Promise<Observed> {
  const targets = frontends.map((host) => ({
    name: host,
    url: askedOf(lab, host, question).url,
    health: `http://${lab.network.address(host)}:9002/readyz`,
  }));
  const loops = balanced ? 4 : 2;
  await lab.client.begin({
    targets,
    balanced,
    question: question.asked,
    expected: question.expected,
    loops,
    pause: 10,
  });
  await wait(calm);
  const faultAt = Date.now();
  const acted = await Promise.allSettled([act()]);
  await wait(calm);
  const observed = new Observed(await lab.client.end(), faultAt);
  t.diagnostic(observed.summary());
  for (const each of acted) if (each.status === "rejected") throw each.reason;
  const early = observed.failures.filter(({ sentAt, took }) => sentAt + took < faultAt);
  assert.deepEqual(early, [], "requests failed before anything had happened");
  for (const { text, status } of observed.failures) assert.notEqual(status, 200, `a wrong answer: ${text}`);
  return observed;
}
