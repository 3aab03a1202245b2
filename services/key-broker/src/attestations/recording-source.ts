// Remembers which collateral a judgement was based on, so that it can be judged again.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Collateral, CollateralRequest, CollateralSource } from "@sealserve/attestation";

/** A source around another; many judgements may use it at the same time. */
export class RecordingSource implements CollateralSource {
  readonly #source: CollateralSource;
  readonly #records = new AsyncLocalStorage<Collateral[]>();

  constructor(source: CollateralSource) {
    this.#source = source;
  }

  async fetch(request: CollateralRequest, signal: AbortSignal): Promise<Collateral> {
    const collateral = await this.#source.fetch(request, signal);
    this.#records.getStore()?.push(collateral);
    return collateral;
  }

  /** Runs `act`; whatever is fetched for it is added to `record`, also where it throws. */
  during<T>(record: Collateral[], act: () => Promise<T>): Promise<T> {
    return this.#records.run(record, act);
  }
}
