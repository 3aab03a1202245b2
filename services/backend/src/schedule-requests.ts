// How the requests of a model come together, as its definition says.
import type { ModelDefinition } from "@sealserve/engines";
import type { SequenceHeaders } from "@sealserve/inference";
import {
  type BatchRunner,
  batched,
  type Clock,
  continuous,
  type ModelStatistics,
  type Scheduled,
  sequenced,
} from "@sealserve/serving";

export interface ScheduleParts {
  readonly runner: BatchRunner;
  readonly clock: Clock;
  readonly statistics: ModelStatistics;
  /** Random UUIDs. */
  readonly newId: () => string;
}

/** Only handlers know sequences and steps: tensors always come in batches. */
export function scheduleRequests(
  { batching, scheduling, useJobTicket, clientTimeout: timeout }: ModelDefinition,
  headers: SequenceHeaders,
  parts: ScheduleParts,
): Scheduled {
  const options = { ...batching, useJobTicket, timeout };
  const kind = parts.runner.metadata().kind === "fields" ? scheduling.kind : "batches";
  if (kind === "batches" || scheduling.kind === "batches") return batched(options, parts);
  if (scheduling.kind === "continuous") return continuous(options, parts);
  return sequenced({ ...options, continuous: scheduling.continuous, sequences: scheduling, headers }, parts);
}
