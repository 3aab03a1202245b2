// Models whose workers are told how to behave, and how to ask them; for tests.
import {
  decodeByteStrings,
  encodeByteStrings,
  type InferenceRequest,
  type InferenceResponse,
  isInferenceError,
  type Parameters,
} from "@sealserve/inference";
import { type BatchRunner, systemClock } from "@sealserve/serving";
import { memoryFiles, modelDefinition } from "../../../../../conformance/fixtures/model-definition.ts";
import { createRunner } from "../../engine-loader.ts";
import type { EngineEvent } from "../../hosting/instance-pool.ts";
import type { ModelDefinition } from "../../model-definition.ts";
import type { ModelUsers } from "../model-users.ts";
import type { PythonOptions } from "../python-parts.ts";
import { FakePython } from "./fake-python.ts";

const never = new AbortController().signal;

export interface Opening {
  /** Says how the worker loads. */
  readonly handler?: string;
  readonly definition?: Partial<ModelDefinition>;
  readonly options?: Partial<PythonOptions>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly users?: ModelUsers;
}

export class FakeWorkers implements AsyncDisposable {
  readonly #python: FakePython;
  /** Of the model that was opened last. */
  readonly events: EngineEvent[] = [];

  constructor(python: FakePython) {
    this.#python = python;
  }

  static async start(): Promise<FakeWorkers> {
    return new FakeWorkers(await FakePython.open());
  }

  open({ handler = "h.py", definition, options, environment, users }: Opening = {}): Promise<BatchRunner> {
    const engine = { kind: "python", handler, serializedFile: null, envelope: null, requirementsFile: null } as const;
    const files = memoryFiles({
      "h.py": Buffer.from("code"),
      "sub/x.txt": Buffer.from("x"),
    });
    this.events.length = 0;
    const onEvent = (event: EngineEvent): unknown => this.events.push(event);
    return createRunner(
      modelDefinition({ layout: "model-archive", engine, files, maxBatchSize: 4, ...definition }),
      {
        clock: systemClock(),
        onEvent,
        python: { ...this.#python.parts(options, environment), ...(users && { users }) },
      },
      never,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#python[Symbol.asyncDispose]();
  }
}

export function request(body: string, parameters?: Parameters): InferenceRequest {
  const bytes = encodeByteStrings([Buffer.from(body)]);
  const input = {
    name: "body",
    datatype: "BYTES",
    shape: [1],
    bytes,
    parameters: { content_type: "text/plain" },
  } as const;
  return { model: { name: "m" }, inputs: [input], ...(parameters && { parameters }) };
}

export async function answers(runner: BatchRunner, batch: readonly InferenceRequest[]): Promise<InferenceResponse[]> {
  return (await runner.run(batch, never)).map((result) => {
    if (isInferenceError(result)) throw result;
    return result;
  });
}

export async function told(runner: BatchRunner, body: string): Promise<string> {
  const [answer] = await answers(runner, [request(body)]);
  return bodyOf(answer);
}

export function bodyOf(response: InferenceResponse | undefined): string {
  const [first] = decodeByteStrings("prediction", response?.outputs[0]?.bytes ?? new Uint8Array());
  return Buffer.from(first ?? []).toString();
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
