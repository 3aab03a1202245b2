// For tests: reports, views and links of backends that do as they are told.
import { FetchError, InferenceError, type InferenceService, type ModelState } from "@sealserve/inference";
import type { BackendLink, BackendReport } from "../backends/backend-link.ts";
import type { BackendView } from "../routing/backend-view.ts";
import type { ServedModel } from "../served-model.ts";

interface FakeReport extends Partial<Omit<BackendReport, "models">> {
  /** Version 1 of each, by name. */
  readonly models?: Readonly<Record<string, ModelState>>;
}

export function fakeReport({ models = {}, ...others }: FakeReport = {}): BackendReport {
  return {
    instance: "a",
    ready: true,
    draining: false,
    desired: { epoch: "e", revision: 0 },
    stored: null,
    ...others,
    models: Object.entries(models).map(([name, state]) => ({
      ...{ name, version: "1", state, isDefault: state === "available", served: null, root: null },
    })),
  };
}

/** What is known of a loaded version beside its state. */
export const fakeServed: ServedModel = {
  ...{ location: "/m", engine: "fake", kind: "tensors", instances: 1, maxBatchSize: 0, maxQueueSize: 1 },
  ...{ maxQueueDelay: 0, responseTimeout: 1, loadTimeout: 1, since: 1 },
  ...{ url: "m", runtime: "node", maxInstances: 1, loadedAtStart: true, workers: [], waiting: 0 },
  settings: {
    ...{ retryTimeout: 1, clientTimeout: null, parallel: null, device: { type: null, ids: [] } },
    ...{ useJobTicket: false, useVenv: false, continuous: false, sequences: null },
  },
};

export function fakeView(view: Partial<BackendView> = {}): BackendView {
  return {
    url: "https://10.0.0.7:9000",
    ...{ report: null, reportAge: null, routable: false, asked: false, ejected: false, problem: null },
    ...{ outstanding: 0, requests: 0, failures: 0 },
    ...view,
  };
}

/** A link without a wire: a test sets what it reports and how it answers. */
export class FakeBackend {
  readonly url: string;
  /** `silent`: it does not answer before the caller gives up. */
  report: BackendReport | Error | "silent" = fakeReport({ models: { identity: "available" } });
  /** Null: each request waits until its link is disposed of or its signal aborts. */
  answer: (() => Promise<void>) | null = async () => {};
  asked = 0;
  metadataAsked = 0;
  readonly given: unknown[] = [];
  links = 0;

  constructor(url: string) {
    this.url = url;
  }

  readonly open = (): BackendLink => {
    const closing = new AbortController();
    this.links++;
    return {
      url: this.url,
      service: this.#service(closing.signal),
      report: async (signal) => {
        const { report } = this;
        if (report instanceof Error) throw report;
        if (report === "silent") return this.#wait(signal, closing.signal);
        return report;
      },
      modelMetrics: async () => null,
      fetch: async (url) => ({ refused: new FetchError("url-not-allowed", { url }) }),
      apply: async (state) => {
        this.given.push(state);
      },
      [Symbol.asyncDispose]: async () => closing.abort(),
    };
  };

  /** Does not begin with requests, as a process that is not there. */
  refuse(): void {
    this.answer = () => Promise.reject(this.unreachable(false));
  }

  unreachable(started: boolean, cause?: unknown): InferenceError {
    return new InferenceError("unreachable", { where: this.url, reason: "fake", started }, cause);
  }

  #service(closing: AbortSignal): InferenceService {
    const refused = () => Promise.reject(new InferenceError("unsupported", { what: "this fake" }));
    return {
      infer: async (request, signal) => {
        this.asked++;
        await (this.answer ?? (() => this.#wait(signal, closing)))();
        return { model: { name: request.model.name, version: "1" }, id: this.url, outputs: [] };
      },
      metadata: async ({ name }) => {
        this.metadataAsked++;
        await this.answer?.();
        const [inputs, outputs] = [[], []];
        return {
          name,
          version: "1",
          versions: ["1"],
          platform: "fake",
          kind: "tensors",
          maxBatchSize: 0,
          inputs,
          outputs,
        };
      },
      inferStream: () => {
        throw new InferenceError("unsupported", { what: "streams of this fake" });
      },
      status: refused,
      list: refused,
    };
  }

  #wait(signal: AbortSignal, closing: AbortSignal): Promise<never> {
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => reject(new InferenceError("cancelled", {})));
    closing.addEventListener("abort", () => reject(this.unreachable(true)));
    return promise;
  }
}
