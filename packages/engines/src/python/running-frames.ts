// What a worker was asked and has not answered yet: which reply is whose.
import { randomUUID } from "node:crypto";
import { InferenceError } from "@sealserve/inference";
import type { EngineMessage, WireBatch } from "../hosting/wire.ts";
import { toWireError } from "../hosting/wire-error.ts";
import { predictFrame } from "./protocol/frames.ts";
import type { Prediction, Reply } from "./protocol/reply-reader.ts";
import { WorkerProtocolError } from "./protocol/worker-protocol-error.ts";
import { streams, type WireRows, wireResponse, wireResult, wireRows } from "./wire-requests.ts";

export interface RunningFramesOptions {
  readonly model: string;
  /** Every reply is the answer to a step: it says by itself whether more steps follow. */
  readonly continuous: boolean;
  /** It answers each frame before it reads the next. */
  readonly inTurn: boolean;
}

interface Running {
  readonly run: number;
  readonly rows: WireRows;
  /** Place in the frame by the id that the request has there. */
  readonly places: ReadonlyMap<string, number>;
  readonly sent: number;
}

export class RunningFrames {
  readonly #options: RunningFramesOptions;
  readonly #now: () => number;
  /** Oldest first. */
  readonly #running = new Map<number, Running>();
  readonly #byId = new Map<string, Running>();
  #lastAnswer = Number.NEGATIVE_INFINITY;

  constructor(options: RunningFramesOptions, { now }: { readonly now: () => number }) {
    this.#options = options;
    this.#now = now;
  }

  /** The frame of a batch. Throws `invalid-value`. */
  begin(run: number, batch: WireBatch): readonly Uint8Array[] {
    const places = new Map<string, number>();
    const rows = wireRows(batch, (chosen) => {
      const id = chosen === "" || places.has(chosen) || this.#byId.has(chosen) ? randomUUID() : chosen;
      places.set(id, places.size);
      return id;
    });
    const running = { run, rows, places, sent: this.#now() };
    this.#running.set(run, running);
    for (const id of places.keys()) this.#byId.set(id, running);
    return predictFrame(rows.frame);
  }

  /** How many predictions the next reply may have. */
  get expected(): number {
    let most = 0;
    for (const { rows } of this.#running.values()) most = Math.max(most, rows.frame.length);
    return most;
  }

  /** Of a worker that has ended, once all its answers are read: the runs that it never saw. */
  get notBegun(): readonly number[] {
    return this.#options.inTurn ? [...this.#running.keys()].slice(1) : [];
  }

  /** What the reply says, to those who asked. Throws `WorkerProtocolError` where nobody did. */
  answer(reply: Reply): readonly EngineMessage[] {
    const running = this.#whose(reply);
    const { model, continuous } = this.#options;
    if (reply.code !== 200) {
      this.#over(running);
      const error = new InferenceError("handler-failed", {
        model,
        status: statusOf(reply.code),
        reason: reply.message,
      });
      return [{ type: "run-failed", id: running.run, error: toWireError(error) }];
    }
    const rows = placed(running, reply.predictions);
    if (!continuous && reply.predictions.some(streams)) return this.#partials(running, rows);
    const message = this.#ran(running, rows);
    this.#over(running);
    return [message];
  }

  #whose({ predictions: [first] }: Reply): Running {
    const [oldest] = this.#running.values();
    const running = first ? this.#byId.get(first.id) : oldest;
    if (running) return running;
    throw new WorkerProtocolError("unexpected", {
      what: first ? "an answer to what it was not asked" : "an answer unasked",
    });
  }

  #over({ run, places }: Running): void {
    this.#lastAnswer = this.#now();
    this.#running.delete(run);
    for (const id of places.keys()) this.#byId.delete(id);
  }

  #partials({ run, rows }: Running, predictions: readonly (Prediction | undefined)[]): readonly EngineMessage[] {
    return predictions.flatMap((prediction, place): EngineMessage[] => {
      if (!prediction) return [];
      const response = wireResponse(this.#options.model, [prediction]);
      return [{ type: "partial", id: run, index: rows.owners[place] ?? 0, response }];
    });
  }

  #ran({ run, rows, sent }: Running, predictions: readonly (Prediction | undefined)[]): EngineMessage {
    const { model } = this.#options;
    const own = Array.from({ length: rows.requests }, (): Prediction[] => []);
    for (const [place, prediction] of predictions.entries()) {
      if (!prediction) {
        const reason = `it answered ${predictions.filter(Boolean).length} of ${predictions.length} requests`;
        const error = toWireError(new InferenceError("engine-failed", { model, reason }));
        return { type: "run-failed", id: run, error };
      }
      own[rows.owners[place] ?? 0]?.push(prediction);
    }
    const results = own.map((predicted) => wireResult(model, predicted));
    const begun = this.#options.inTurn ? Math.max(sent, this.#lastAnswer) : sent;
    const computeInfer = Math.round((this.#now() - begun) * 1e6);
    return { type: "ran", id: run, results, timings: { computeInput: 0, computeInfer, computeOutput: 0 } };
  }
}

/** By place in the frame. Throws `unexpected` for an answer to another frame, or a second one. */
function placed({ places, rows }: Running, predictions: readonly Prediction[]): (Prediction | undefined)[] {
  const found = Array.from<Prediction | undefined>({ length: rows.frame.length });
  for (const prediction of predictions) {
    const place = places.get(prediction.id);
    if (place === undefined || found[place]) {
      throw new WorkerProtocolError("unexpected", { what: "answers to different batches at once" });
    }
    found[place] = prediction;
  }
  return found;
}

/** A worker says 413 where it has no memory left, which clients see as 507 (TorchServe, `RestJob.java`); else whatever code a handler raised. */
function statusOf(code: number): number {
  if (code === 413) return 507;
  return code >= 201 && code <= 999 ? code : 500;
}
