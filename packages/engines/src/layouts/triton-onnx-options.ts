// onnxruntime's session options as Triton's onnxruntime backend takes them: `optimization` and `parameters`.
import type { Isolation, OnnxOptions } from "../model-definition.ts";
import type { ConfigMessage } from "./config-message.ts";
import { definitionDefaults } from "./definition-defaults.ts";

/** `optimization.graph.level`: -1 basic, 1 extended, 2 none, else all (onnxruntime_backend, `src/onnxruntime.cc`). */
const graphLevels: ReadonlyMap<number, OnnxOptions["graphOptimization"]> = new Map([
  [-1, "basic"],
  [0, "all"],
  [1, "extended"],
  [2, "disabled"],
]);

export interface EngineParameters {
  readonly onnx: OnnxOptions;
  readonly isolation: Isolation;
  /** Parameters that nobody here reads. */
  readonly unread: readonly string[];
}

export function readEngineParameters(config: ConfigMessage): EngineParameters {
  const parameters = readParameters(config);
  const take = (key: string): string | null => {
    const value = parameters.get(key);
    parameters.delete(key);
    return value ?? null;
  };
  const threads = (key: string): number | null => {
    const text = take(key);
    if (text === null || text === "0") return null;
    if (!/^[1-9]\d{0,3}$/.test(text)) throw config.refused(`parameters.${key}`, "a number of threads", text);
    return Number(text);
  };
  const oneOf = <T extends string>(key: string, choices: Readonly<Record<string, T>>, otherwise: T): T => {
    const text = take(key);
    const choice = text === null ? otherwise : Object.hasOwn(choices, text) && choices[text];
    if (!choice) throw config.refused(`parameters.${key}`, `one of ${Object.keys(choices).join(", ")}`, text ?? "");
    return choice;
  };
  const onnx: OnnxOptions = {
    intraOpThreads: threads("intra_op_thread_count"),
    interOpThreads: threads("inter_op_thread_count"),
    executionMode: oneOf("execution_mode", { 0: "sequential", 1: "parallel" }, definitionDefaults.onnx.executionMode),
    graphOptimization: readGraphLevel(config),
  };
  const isolation = oneOf("isolation", { thread: "thread", process: "process" }, definitionDefaults.isolation);
  return { onnx, isolation, unread: [...parameters.keys()] };
}

function readParameters(config: ConfigMessage): Map<string, string> {
  const values = new Map<string, string>();
  for (const [key, value] of config.map("parameters")) {
    values.set(key, value.string("string_value") ?? "");
    value.finish();
  }
  return values;
}

function readGraphLevel(config: ConfigMessage): OnnxOptions["graphOptimization"] {
  const optimization = config.message("optimization");
  const graph = optimization?.message("graph");
  const level = graph?.integer("level") ?? 0;
  const found = graphLevels.get(level);
  if (graph && !found) throw graph.refused("level", `one of ${[...graphLevels.keys()].join(", ")}`, String(level));
  graph?.finish();
  const processorOnly = "it speaks of graphics processors: leave it out";
  optimization?.finish({
    priority: "leave it out",
    cuda: processorOnly,
    execution_accelerators: "models run on onnxruntime's own processor kernels: leave it out",
    input_pinned_memory: processorOnly,
    output_pinned_memory: processorOnly,
    gather_kernel_buffer_threshold: processorOnly,
    eager_batching: "leave it out",
  });
  return found ?? "all";
}
