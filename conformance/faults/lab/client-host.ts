// Gives orders to the client's host.
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stop } from "../../fixtures/spawned-command.ts";
import type { Answer, Asked, ClientOrder, ClientReply, Tally, TrafficOrder } from "./client-orders.ts";

/** Starts a program on the client's host. */
export type SpawnOnClient = (command: readonly string[]) => ChildProcess;

export class ClientHost implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<ClientReply>>();
  #orders = 0;

  constructor(spawn: SpawnOnClient) {
    this.#child = spawn([process.execPath, join(import.meta.dirname, "client.ts")]);
    if (!this.#child.stdout) throw new Error("the client's host has no output");
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const { id, reply }: { readonly id: number; readonly reply: ClientReply } = JSON.parse(line);
      this.#waiting.get(id)?.resolve(reply);
      this.#waiting.delete(id);
    });
    this.#child.once("exit", (code) => {
      for (const each of this.#waiting.values()) each.reject(new Error(`the client's host ended with code ${code}`));
    });
  }

  async ask(asked: Omit<Asked, "timeout"> & { readonly timeout?: number }): Promise<Answer> {
    return (await this.#order({ act: "ask", asked: { timeout: 5_000, ...asked } })) as Answer;
  }

  async begin(traffic: TrafficOrder): Promise<void> {
    await this.#order({ act: "begin", traffic });
  }

  async end(): Promise<Tally> {
    return (await this.#order({ act: "end" })) as Tally;
  }

  #order(order: ClientOrder): Promise<ClientReply> {
    const id = this.#orders++;
    const reply = Promise.withResolvers<ClientReply>();
    this.#waiting.set(id, reply);
    this.#child.stdin?.write(`${JSON.stringify({ id, order })}\n`);
    return reply.promise;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return stop(this.#child);
  }
}
