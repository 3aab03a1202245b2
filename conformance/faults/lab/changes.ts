// Management calls of the lab, and whether each that was acknowledged holds afterwards.
import assert from "node:assert/strict";
import { until } from "../../e2e/until.ts";
import type { Answer } from "../../fixtures/client-orders.ts";
import { backends, type Frontend, frontends, type Lab } from "./lab.ts";
import { managementToken } from "./lab-configs.ts";

const headers = { authorization: `Bearer ${managementToken}` };

/** Sets the instances of the model `spare` to 1, 2, 3 and so on: what holds is the last that was acknowledged, or one that was asked after it. */
export class Changes {
  readonly #lab: Lab;
  #asked = 1;
  #acknowledged = 1;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  async make(frontend: Frontend): Promise<Answer> {
    const count = ++this.#asked;
    const answer = await this.#call(frontend, `?min_worker=${count}&max_worker=${count}`, "PUT");
    if (answer.status === 202) this.#acknowledged = Math.max(this.#acknowledged, count);
    return answer;
  }

  /** What this frontend tells of the model. */
  look(frontend: Frontend): Promise<Answer> {
    return this.#call(frontend, "", "GET");
  }

  /** Both frontends tell the same, and all backends have come to it. */
  async hold(): Promise<void> {
    const counts = await until(
      async () => {
        const seen = await Promise.all(frontends.map((host) => this.#instances(host)));
        return new Set(seen).size === 1 && seen.every((count) => this.#mayHold(count)) && seen;
      },
      () => `change ${this.#acknowledged} of ${this.#asked} does not hold at all frontends`,
      { limit: 30_000, interval: 200 },
    );
    assert.equal(counts.length, frontends.length);
  }

  #mayHold(count: number | null): boolean {
    return count !== null && count >= this.#acknowledged && count <= this.#asked;
  }

  /** Of each backend; null where they differ, or some cannot tell. */
  async #instances(frontend: Frontend): Promise<number | null> {
    const { status, text } = await this.look(frontend);
    if (status !== 200) return null;
    const [{ minWorkers }]: readonly [{ readonly minWorkers: number }] = JSON.parse(text);
    const count = minWorkers / backends.length;
    return Number.isInteger(count) ? count : null;
  }

  #call(frontend: Frontend, query: string, method: string): Promise<Answer> {
    const url = `https://${this.#lab.network.address(frontend)}:8081/models/spare${query}`;
    return this.#lab.client.ask({ url, method, headers, timeout: 30_000 });
  }
}
