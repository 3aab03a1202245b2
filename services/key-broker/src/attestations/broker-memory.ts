// What a broker must not forget, and shares with all brokers on its database: read before each decision, written before it is told.
import type { AuditLog } from "../audit/audit-log.ts";
import type { OwnKeys } from "../keys/own-keys.ts";
import type { Storage } from "../storage/storage.ts";
import type { StoredEvaluationNumbers } from "./stored-evaluation-numbers.ts";
import type { StoredSignedTimes } from "./stored-signed-times.ts";

export interface BrokerMemoryParts {
  readonly storage: Storage;
  readonly audit: AuditLog;
  readonly evaluationNumbers: StoredEvaluationNumbers;
  readonly signedTimes: StoredSignedTimes;
  readonly keys: OwnKeys;
}

export class BrokerMemory {
  readonly #parts: BrokerMemoryParts;

  constructor(parts: BrokerMemoryParts) {
    this.#parts = parts;
  }

  /** One small query, where nothing has changed. Throws `AuditError`. */
  async refresh(): Promise<void> {
    const { storage, audit, evaluationNumbers, signedTimes, keys } = this.#parts;
    const known = await audit.current(storage);
    evaluationNumbers.take(known);
    signedTimes.take(known);
    await keys.take(known);
  }

  /** All that was seen is durable when it returns; as a rule there is nothing to do. */
  async save(): Promise<void> {
    const { evaluationNumbers, signedTimes } = this.#parts;
    await evaluationNumbers.save();
    await signedTimes.save();
  }
}
