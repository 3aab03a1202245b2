// How far each sealed model has come on its way to be served; every step is logged, so that a start can be read afterwards.
import type { SealedVersion } from "@sealserve/engines";
import { reasonOf } from "@sealserve/primitives";
import type { Logger } from "@sealserve/server";
import { type ModelEvent, type ModelStage, nextModelStage } from "./model-stages.ts";

type Which = Pick<SealedVersion, "model" | "version">;

export interface SealedModelStage extends Which {
  readonly stage: ModelStage;
  /** Of a refused model: milliseconds from its refusal until it is asked for again; left out where nothing but a change can help. */
  readonly asksAgainIn?: number;
}

export class SealedProgress {
  readonly #stages = new Map<string, SealedModelStage>();
  readonly #logger: Logger;

  constructor({ logger }: { readonly logger: Logger }) {
    this.#logger = logger;
  }

  stages(): readonly SealedModelStage[] {
    return [...this.#stages.values()];
  }

  /** Whether it lies sealed, and somebody asked for it. */
  knows(which: Which): boolean {
    return this.#stages.has(key(which));
  }

  /** Somebody wants it served; it begins anew. */
  asked({ model, version }: Which): void {
    this.#stages.set(key({ model, version }), { model, version, stage: "sealed" });
  }

  keyReleased(which: Which): void {
    this.#step(which, "key-released");
  }

  rootMatched(which: Which): void {
    this.#step(which, "root-matched");
  }

  refused(which: Which, error: unknown): void {
    this.#step(which, "refused", { reason: reasonOf(error) });
  }

  /** After `refused`: how long it waits; null: nothing but a change can help. */
  asksAgainIn(which: Which, wait: number | null): void {
    const refused = this.#stages.get(key(which));
    if (refused?.stage !== "refused" || wait === null) return;
    this.#stages.set(key(which), { ...refused, asksAgainIn: wait });
    this.#logger.info("a refused model is asked for again", { model: refused.model, version: refused.version, wait });
  }

  /** Of any model; those that are not sealed have no stages. */
  loaded(which: Which): void {
    this.#step(which, "loaded");
  }

  unloaded(which: Which): void {
    this.#stages.delete(key(which));
  }

  #step({ model, version }: Which, event: ModelEvent, facts: { readonly reason?: string } = {}): void {
    const before = this.#stages.get(key({ model, version }));
    const stage = before && nextModelStage(before.stage, event);
    if (!stage || !before) return;
    this.#stages.set(key(before), { model: before.model, version: before.version, stage });
    const log = event === "refused" ? this.#logger.warn : this.#logger.info;
    log.call(this.#logger, "sealed model", { model, version, stage, ...facts });
  }
}

function key({ model, version }: Which): string {
  return JSON.stringify([model, version]);
}
