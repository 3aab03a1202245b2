// Keeps the command running: asks whether it is ready, and starts it again with back-off when it ends.
import type { Logger } from "@sealserve/server";
import type { Clock, Timer } from "@sealserve/serving";
import type { Probe } from "./probe.ts";
import type { RunningCommand } from "./run-command.ts";

export interface SupervisionOptions {
  /** Milliseconds that a run may take to end once it was asked to. */
  readonly grace: number;
}

export interface SupervisionParts {
  run(): RunningCommand;
  readonly probe: Probe;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** `starting`: it runs, and is not ready yet, or not any more; `waiting`: it ended, and is started again soon. */
export type CommandState = "starting" | "ready" | "waiting" | "stopped";

/** Milliseconds: between questions before and after it is ready; waits after the first and the latest of many ends. */
const [eager, calm] = [100, 1_000];
const [firstWait, longestWait] = [500, 30_000];
/** A run that was ready for so long is forgiven its end. */
const settled = 60_000;

/** Disposing stops the command, and starts it no more. */
export class SupervisedCommand implements AsyncDisposable {
  readonly #options: SupervisionOptions;
  readonly #parts: SupervisionParts;
  readonly #firstReady = Promise.withResolvers<void>();
  #state: CommandState = "starting";
  #running: RunningCommand | null = null;
  #timer: Timer | null = null;
  #wait = firstWait;
  #readySince: number | null = null;
  #restarts = 0;
  #lastEnd: string | null = null;

  constructor(options: SupervisionOptions, parts: SupervisionParts) {
    this.#options = options;
    this.#parts = parts;
    this.#start();
  }

  get state(): CommandState {
    return this.#state;
  }

  get ready(): boolean {
    return this.#state === "ready";
  }

  /** How often it was started again. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Why it is not ready. */
  get reason(): string {
    if (this.#state === "waiting") return `the command ended (${this.#lastEnd}) and is started again soon`;
    if (this.#state === "stopped") return "the command is stopped";
    return "the upstream is not ready";
  }

  /** Fulfilled once it was ready for the first time. */
  firstReady(): Promise<void> {
    return this.#firstReady.promise;
  }

  /** A request found nobody: asks at once instead of with the next turn. */
  lookNow(): void {
    if (this.#state !== "ready" || !this.#running) return;
    this.#timer?.cancel();
    this.#look(this.#running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = "stopped";
    this.#timer?.cancel();
    await this.#running?.stop(this.#options.grace);
  }

  #start(): void {
    const running = this.#parts.run();
    this.#running = running;
    this.#state = "starting";
    this.#readySince = null;
    running.ended.then((how) => this.#ended(how));
    this.#look(running);
  }

  #look(running: RunningCommand): void {
    const { probe, clock, logger } = this.#parts;
    probe().then((ready) => {
      // Whoever was asked may have ended meanwhile, and another may have answered in its place.
      if (running !== this.#running || this.#state === "stopped") return;
      if (ready && this.#state !== "ready") {
        this.#readySince ??= clock.now();
        logger.info("the upstream is ready");
        this.#firstReady.resolve();
      } else if (!ready && this.#state === "ready") logger.warn("the upstream is not ready any more");
      this.#state = ready ? "ready" : "starting";
      this.#timer?.cancel();
      this.#timer = clock.setTimer(ready ? calm : eager, () => this.#look(running));
    });
  }

  #ended(how: string): void {
    const { clock, logger } = this.#parts;
    this.#running = null;
    this.#timer?.cancel();
    if (this.#state === "stopped") return;
    if (this.#readySince !== null && clock.now() - this.#readySince >= settled) this.#wait = firstWait;
    this.#state = "waiting";
    this.#lastEnd = how;
    this.#restarts++;
    logger.error("the command ended, and is started again", { how, wait: this.#wait });
    this.#timer = clock.setTimer(this.#wait, () => this.#start());
    this.#wait = Math.min(longestWait, this.#wait * 2);
  }
}
