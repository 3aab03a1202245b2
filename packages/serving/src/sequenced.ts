// A servable for models with a state: the requests of one sequence go to one instance, one after the other.
import {
  defaultSequenceHeaders,
  headerPrefix,
  headersToParameters,
  type InferenceRequest,
  type InferenceResponse,
  type Parameters,
  type SequenceHeaders,
} from "@sealserve/inference";
import type { BatchRunner } from "./batch-runner.ts";
import type { Clock } from "./clock.ts";
import { withOwnIds } from "./continuous.ts";
import type { ExecutionRecorder } from "./execution.ts";
import { inLanes, type LaneSchedulerOptions } from "./lane-scheduler.ts";
import { rewritten } from "./rewritten.ts";
import type { Scheduled } from "./scheduled.ts";
import { Sequences, type SequencesOptions } from "./sequences.ts";

export interface SequencedOptions extends LaneSchedulerOptions {
  readonly sequences: SequencesOptions;
  readonly headers?: SequenceHeaders;
}

export interface SequencedParts {
  readonly runner: BatchRunner;
  readonly clock: Clock;
  readonly statistics?: ExecutionRecorder;
  /** Random UUIDs. */
  readonly newId: () => string;
}

/**
 * For models of kind `fields`. A request without a sequence begins one, whose name its answers tell in a header. A sequence ends with
 * the request whose end header is `true`, with an answer that has it, or by a time-out. Throws as `batched` does; `queue-full` also for
 * a request of a sequence that is ending, and where too many sequences, or requests of one, wait.
 */
export function sequenced(options: SequencedOptions, parts: SequencedParts): Scheduled {
  const { headers = defaultSequenceHeaders } = options;
  const { runner, clock, newId } = parts;
  const source = new Sequences(options.sequences, {
    ...{ clock, metadata: runner.metadata() },
    belongs: ({ request: { parameters } }) => ({
      sequence: headerOf(parameters, headers.id),
      ends: isTrue(headerOf(parameters, headers.end)),
    }),
  });
  const scheduler = inLanes(options, {
    ...parts,
    source,
    onAnswer: (caller, { parameters }) => {
      if (isTrue(headerOf(parameters, headers.end))) source.end(caller);
    },
  });
  const named = rewritten(scheduler, (asked) => {
    const known = headerOf(asked.parameters, headers.id);
    const id = known === "" ? `ts-seq-${newId()}` : known;
    const request = known === "" ? withHeaders(asked, { [headers.id]: id, [headers.start]: "true" }) : asked;
    return { request, answer: (response) => withHeaders(response, { [headers.id]: id }) };
  });
  return options.continuous ? withOwnIds(named, newId) : named;
}

/** Empty where it is not there. */
function headerOf(parameters: Parameters | undefined, name: string): string {
  return String(parameters?.[headerPrefix + name] ?? "");
}

function isTrue(value: string): boolean {
  return value.toLowerCase() === "true";
}

function withHeaders<T extends InferenceRequest | InferenceResponse>(
  message: T,
  headers: Readonly<Record<string, string>>,
): T {
  return { ...message, parameters: { ...message.parameters, ...headersToParameters(headers) } };
}
