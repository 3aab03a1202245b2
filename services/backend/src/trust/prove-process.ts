// The first half of the start in a TEE: evidence is made, and somebody judges it. There is no listener until this has ended well.
import { AttesterError } from "@sealserve/attestation/attester";
import { reasonOf } from "@sealserve/primitives";
import { isKeyBrokerError } from "@sealserve/protocols/key-broker";
import { isSealingError } from "@sealserve/sealing";
import type { Logger } from "@sealserve/server";
import { SessionError } from "@sealserve/session";
import { TrustStartError } from "./start-error.ts";
import { nextProcessStage, type ProcessEvent, type ProcessStage } from "./start-stages.ts";

export interface ProveOptions {
  /** Attempts in all, where another one can help. */
  readonly attempts: number;
}

export interface ProveParts {
  /** Makes evidence, which it tells, and has it judged. Throws what a broker session throws, and `SealingError` of a key that is none. */
  attest(onEvidence: () => void, signal: AbortSignal): Promise<void>;
  /** Waits before another attempt, of which `attempt` have been made. */
  pause(attempt: number, signal: AbortSignal): Promise<void>;
  readonly logger: Logger;
}

/** The stages of one process, each step logged. */
export class ProcessStart {
  #stage: ProcessStage = "unproven";
  readonly #passed: ProcessStage[] = [this.#stage];
  readonly #logger: Logger;

  constructor({ logger }: { readonly logger: Logger }) {
    this.#logger = logger;
  }

  get stage(): ProcessStage {
    return this.#stage;
  }

  /** All stages so far in their order, the current one last. */
  get passed(): readonly ProcessStage[] {
    return [...this.#passed];
  }

  /** An event that cannot come in this stage changes nothing. */
  on(event: ProcessEvent): void {
    const stage = nextProcessStage(this.#stage, event);
    if (stage === null) return;
    this.#stage = stage;
    this.#passed.push(stage);
    this.#logger.info("start in a TEE", { stage });
  }
}

/** Throws `TrustStartError`, or the signal's reason. */
export async function proveProcess(
  start: ProcessStart,
  { attempts }: ProveOptions,
  { attest, pause, logger }: ProveParts,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await attest(() => start.on("evidence-made"), signal);
      start.on("accepted");
      return;
    } catch (error) {
      signal.throwIfAborted();
      const code = verdictOf(error);
      const reason = reasonOf(error);
      if (code !== null) {
        start.on("refused");
        start.on("failed");
        throw new TrustStartError(code, { reason }, error);
      }
      start.on("unavailable");
      if (attempt >= attempts) {
        start.on("failed");
        throw new TrustStartError("no-verdict", { attempts, reason }, error);
      }
      logger.warn("nobody can judge this process yet", { attempt, attempts, reason });
      await pause(attempt, signal);
    }
  }
}

/** null: another attempt can help. What is not known cannot be helped. */
function verdictOf(error: unknown): "evidence-refused" | "policy-refused" | "key-missing" | null {
  if (error instanceof AttesterError) return error.code === "busy" ? null : "evidence-refused";
  if (error instanceof SessionError) return error.code === "unreachable" ? null : "evidence-refused";
  if (isSealingError(error)) return "key-missing";
  if (!isKeyBrokerError(error)) return "evidence-refused";
  switch (error.code) {
    case "policy-refused":
    case "unknown-key":
    case "role-missing":
      return "policy-refused";
    case "not-found":
      return "key-missing";
    case "collateral-unavailable":
    case "too-many-requests":
    case "unavailable":
    case "internal":
    case "session-refused":
      return null;
    default:
      return "evidence-refused";
  }
}
