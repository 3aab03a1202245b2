// The first half of the start in a TEE: evidence is made, and somebody judges it. There is no listener until this has ended well.
import { AttesterError } from "@sealserve/attestation/attester";
import { reasonOf } from "@sealserve/primitives";
import { isKeyBrokerError } from "@sealserve/protocols/key-broker";
import { SessionError } from "@sealserve/session";
import { nextProcessStage, type ProcessEvent, type ProcessStage } from "./process-stages.ts";
import { TrustStartError } from "./start-error.ts";
import type { StartLog } from "./start-log.ts";

export interface ProveOptions {
  /** Attempts in all, where another one can help. Infinity: for as long as it takes. */
  readonly attempts: number;
}

export interface ProveParts {
  /** Makes evidence, which it tells, and has it judged. Throws what a broker session throws; a `TrustStartError` is final as it is. */
  attest(onEvidence: () => void, signal: AbortSignal): Promise<void>;
  /** Waits before another attempt, of which `attempt` have been made. */
  pause(attempt: number, signal: AbortSignal): Promise<void>;
  readonly logger: StartLog;
}

/** Of a process that waits for days, its last stages are enough. */
const longestHistory = 100;

/** The stages of one process, each step logged. */
export class ProcessStart {
  #stage: ProcessStage = "unproven";
  readonly #passed: ProcessStage[] = [this.#stage];
  readonly #logger: StartLog;

  constructor({ logger }: { readonly logger: StartLog }) {
    this.#logger = logger;
  }

  get stage(): ProcessStage {
    return this.#stage;
  }

  /** All stages so far in their order, the current one last; of many, `unproven` and `evidence` in the middle are left out. */
  get passed(): readonly ProcessStage[] {
    return [...this.#passed];
  }

  /** An event that cannot come in this stage changes nothing. */
  on(event: ProcessEvent): void {
    const stage = nextProcessStage(this.#stage, event);
    if (stage === null) return;
    this.#stage = stage;
    this.#passed.push(stage);
    if (this.#passed.length > longestHistory) this.#passed.splice(1, 2);
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
      const final = verdictOf(error);
      const reason = reasonOf(error);
      if (final) {
        start.on("refused");
        start.on("failed");
        throw final;
      }
      start.on("unavailable");
      if (attempt >= attempts) {
        start.on("failed");
        throw new TrustStartError("no-verdict", { attempts, reason }, error);
      }
      logger.warn("nobody can judge this process yet", {
        attempt,
        ...(Number.isFinite(attempts) ? { attempts } : {}),
        reason,
      });
      await pause(attempt, signal);
    }
  }
}

/** null: another attempt can help. What is not known cannot be helped. */
function verdictOf(error: unknown): TrustStartError | null {
  if (error instanceof TrustStartError) return error;
  const code = codeOf(error);
  return code && new TrustStartError(code, { reason: reasonOf(error) }, error);
}

function codeOf(error: unknown): "evidence-refused" | "policy-refused" | "key-missing" | null {
  if (error instanceof AttesterError) return error.code === "busy" ? null : "evidence-refused";
  if (error instanceof SessionError) {
    // A certificate was wanted, and its cause says why there is none.
    if (error.code === "certificate-unavailable" && error.cause !== undefined) return codeOf(error.cause);
    return error.code === "unreachable" ? null : "evidence-refused";
  }
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
