// Whether a model brings code that runs as the server's: handlers do, tensors that an engine computes do not.
import { isBuiltinHandler } from "./builtin-handler.ts";
import type { EngineChoice } from "./model-definition.ts";

/** Of Python handlers all do: also TorchServe's own unpickle what the archive has. */
export function bringsCode(engine: EngineChoice): boolean {
  return engine.kind === "python" || (engine.kind === "handler" && !isBuiltinHandler(engine.handler));
}
