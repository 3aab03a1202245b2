// The engines that an engine's thread or process can host, by name.
import type { EngineTable } from "./worker-engine.ts";

export const workerEngines: EngineTable = {
  handler: async () => (await import("../handlers/handler-engine.ts")).createHandlerEngine,
  onnx: async () => (await import("../onnx/onnx-engine.ts")).createOnnxEngine,
};
