// One backend as the router knows it: what it last said, how it fares, and the requests that it has.
import {
  InferenceError,
  type InferenceResponse,
  type InferenceService,
  isInferenceError,
  type ModelSpec,
} from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import type { Logger } from "@sealserve/server";
import { type Clock, canonicalVersion } from "@sealserve/serving";
import type { BackendLink, BackendReport, OpenLink } from "../backends/backend-link.ts";
import { CallTimeout, RepeatedCall } from "../repeated-call.ts";
import type { DesiredStates } from "../state/desired-states.ts";
import type { BackendView } from "./backend-view.ts";
import { type Health, type HealthEvent, healthy, nextHealth } from "./health.ts";
import { isSilence } from "./is-silence.ts";
import type { Load } from "./least-loaded.ts";
import { MetadataCache } from "./metadata-cache.ts";
import { Pace } from "./pace.ts";
import { asReported } from "./reported-metadata.ts";
import type { RouterOptions } from "./router-options.ts";

export interface RoutedBackendParts {
  readonly openLink: OpenLink;
  readonly desired: DesiredStates;
  readonly clock: Clock;
  random(): number;
  readonly logger: Logger;
  /** Told after each change of what `view` says beside numbers and ages. */
  onChange(): void;
}

export class RoutedBackend implements AsyncDisposable {
  readonly url: string;
  readonly metadata: MetadataCache;
  readonly #options: RouterOptions;
  readonly #parts: RoutedBackendParts;
  readonly #pace = new Pace();
  readonly #polling: RepeatedCall;
  #link: BackendLink;
  #health: Health = healthy;
  #report: BackendReport | null = null;
  #reportedAt = 0;
  #said = "";
  #serves: ReadonlySet<string> = new Set();
  #problem: string | null = null;
  /** Since when nothing comes back; null: something does, were it a refusal. */
  #silentSince: number | null = null;
  /** The start of the process that has taken a desired state from here. */
  #given: string | null = null;
  #counts = { outstanding: 0, requests: 0, failures: 0 };
  #whenIdle: (() => void) | null = null;

  constructor(url: string, options: RouterOptions, parts: RoutedBackendParts) {
    const { clock, random, openLink } = parts;
    this.url = url;
    this.#options = options;
    this.#parts = parts;
    this.#link = openLink(url);
    this.metadata = new MetadataCache(async (model) =>
      asReported(await this.#link.service.metadata(model), model, this.#report),
    );
    const { reportInterval: interval, reportTimeout: timeout } = options;
    this.#polling = new RepeatedCall({ interval, timeout }, { clock, random, call: (signal) => this.#poll(signal) });
  }

  get view(): BackendView {
    const report = this.#report;
    return {
      ...{ url: this.url, report, problem: this.#problem, routable: this.routable, ejected: this.ejected },
      asked: this.routable || this.lastResort,
      reportAge: report ? this.#parts.clock.now() - this.#reportedAt : null,
      ...this.#counts,
    };
  }

  get ejected(): boolean {
    return this.#health.state === "out";
  }

  get routable(): boolean {
    return this.#takesRequests && !this.ejected;
  }

  /** Ejected, but its last report came, or is only late, as all are where this process itself has too much to do: better than nobody. */
  get lastResort(): boolean {
    return this.#takesRequests && (this.#problem === null || this.#silentSince !== null);
  }

  /** Whether it has the model available, at this version or by default. */
  has({ name, version }: ModelSpec): boolean {
    return this.#serves.has(keyOf(name, version));
  }

  get #takesRequests(): boolean {
    const report = this.#report;
    if (!report?.ready || report.draining) return false;
    return report.desired !== null || this.#given === report.instance;
  }

  loadOf(model: string): Load {
    return { outstanding: this.#counts.outstanding, pace: this.#pace.of(model, this.#parts.clock.now()) };
  }

  /** The next report comes now. */
  hurry(): void {
    this.#polling.soon();
  }

  /** For what is none of its requests. */
  get link(): Pick<BackendLink, "url" | "modelMetrics" | "fetch"> {
    return this.#link;
  }

  /** Counts one request. */
  async run<T>(model: string, act: (service: InferenceService) => Promise<T>): Promise<T> {
    using counted = this.#count(model);
    try {
      const answer = await act(this.#link.service);
      counted.answered();
      this.#step("answered");
      return answer;
    } catch (error) {
      this.#learn(error);
      throw error;
    }
  }

  /** Counts one request whose answers come one after the other. */
  async *stream(
    model: string,
    act: (service: InferenceService) => AsyncIterable<InferenceResponse>,
  ): AsyncGenerator<InferenceResponse> {
    using counted = this.#count(model);
    let first = true;
    try {
      for await (const answer of act(this.#link.service)) {
        if (first) this.#step("answered");
        first = false;
        yield answer;
      }
      counted.answered();
    } catch (error) {
      this.#learn(error);
      throw error;
    }
  }

  /** Asks no more for reports, and closes the connections once the last request has its answer. */
  async retire(): Promise<void> {
    this.#polling[Symbol.dispose]();
    if (this.#counts.outstanding > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    await this.#link[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#polling[Symbol.dispose]();
    await this.#link[Symbol.asyncDispose]();
  }

  /** Until it is disposed. */
  #count(model: string): Disposable & { answered(): void } {
    const { clock } = this.#parts;
    const end = this.#pace.begin(model, clock.now());
    this.#counts.outstanding++;
    this.#counts.requests++;
    let answeredAt: number | null = null;
    return {
      answered: () => {
        answeredAt = clock.now();
      },
      [Symbol.dispose]: () => {
        end(answeredAt);
        this.#counts.outstanding--;
        if (this.#counts.outstanding === 0) this.#whenIdle?.();
      },
    };
  }

  /** What it refused itself says that it is well. */
  #learn(error: unknown): void {
    if (!isInferenceError(error) || error.code === "cancelled") return;
    const answered = error.code !== "unreachable" || error.cause instanceof InferenceError;
    if (!answered) this.#counts.failures++;
    this.#step(answered ? "answered" : "failed");
    if (error.code === "unreachable") this.hurry();
  }

  #step(event: HealthEvent): void {
    const before = this.#health;
    this.#health = nextHealth(before, event, this.#parts.clock.now(), this.#options);
    if (before === this.#health || before.state === this.#health.state) return;
    const { logger } = this.#parts;
    const facts = { backend: this.url, problem: this.#problem };
    if (this.#health.state === "out") logger.warn("a backend is asked no more for now", facts);
    else if (before.state === "out") logger.info("a backend is asked again", facts);
    this.#parts.onChange();
  }

  async #poll(signal: AbortSignal): Promise<void> {
    try {
      const report = await this.#link.report(signal);
      this.#take(report);
      if (this.#isAhead(report)) this.#parts.desired.surpassed?.(report.desired);
      if (this.#isBehind(report)) await this.#give(report, signal);
    } catch (error) {
      if (signal.aborted && !(signal.reason instanceof CallTimeout)) return;
      this.#miss(signal.aborted ? signal.reason : error);
    }
  }

  #take(report: BackendReport): void {
    const { clock, logger, onChange } = this.#parts;
    const said = JSON.stringify(report);
    const restarted = this.#report !== null && this.#report.instance !== report.instance;
    if (restarted) this.#health = healthy;
    if (restarted || !this.#report || this.#problem !== null) {
      logger.info("a backend answers", { backend: this.url, instance: report.instance, ready: report.ready });
    }
    const changed = said !== this.#said || this.#problem !== null;
    if (changed || report.models.some(({ served }) => served === null)) this.metadata.forget();
    this.#report = report;
    this.#reportedAt = clock.now();
    this.#said = said;
    if (changed) this.#serves = servedBy(report);
    this.#problem = null;
    this.#silentSince = null;
    this.#step("reported");
    if (changed) onChange();
  }

  /** An older state of one epoch is passed over by the backend; another epoch's takes its place. */
  #isBehind({ desired: has, instance }: BackendReport): boolean {
    const { epoch, revision } = this.#parts.desired.current;
    return has ? has.epoch !== epoch || has.revision < revision : this.#given !== instance;
  }

  /** Somebody else changed the state a moment ago; or what is kept of it went back while no frontend ran. */
  #isAhead(report: BackendReport): report is BackendReport & { readonly desired: object } {
    const { epoch, revision } = this.#parts.desired.current;
    return report.desired?.epoch === epoch && report.desired.revision > revision;
  }

  async #give({ instance }: BackendReport, signal: AbortSignal): Promise<void> {
    const { desired, logger, onChange } = this.#parts;
    const { current } = desired;
    try {
      await this.#link.apply(current, signal);
    } catch (error) {
      if (!signal.aborted) logger.warn("a backend does not take the desired state", { backend: this.url, error });
      return;
    }
    this.#given = instance;
    logger.info("a backend has taken the desired state", { backend: this.url, revision: current.revision });
    onChange();
    this.#polling.soon();
  }

  #miss(error: unknown): void {
    const { clock, logger, onChange } = this.#parts;
    const problem = reasonOf(error);
    const first = this.#problem === null;
    const asked = this.lastResort;
    this.#problem = problem;
    if (first) logger.warn("a backend does not answer", { backend: this.url, error });
    this.#step("silent");
    this.#silentSince = isSilence(error) ? (this.#silentSince ?? clock.now()) : null;
    if (first || asked !== this.lastResort) onChange();
    // Until the next report is missed, too, it is sent requests: so that is found out at once.
    if (first) this.hurry();
    if (this.#silentSince === null) return;
    if (clock.now() - this.#silentSince >= this.#options.silenceLimit) this.#reconnect();
  }

  /** Connections through which nothing comes any more would keep their requests waiting for ever. */
  #reconnect(): void {
    this.#parts.logger.warn("connections to a silent backend are given up", { backend: this.url });
    const given = this.#link;
    this.#link = this.#parts.openLink(this.url);
    this.#silentSince = null;
    void given[Symbol.asyncDispose]();
  }
}

function servedBy({ models }: BackendReport): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { name, version, state, isDefault } of models) {
    if (state !== "available") continue;
    keys.add(keyOf(name, version));
    if (isDefault) keys.add(keyOf(name, undefined));
  }
  return keys;
}

function keyOf(name: string, version: string | undefined): string {
  return version === undefined ? name : `${name}\0${canonicalVersion(version)}`;
}
