// The handlers that need no code in the archive.

const builtinHandlers = ["image_classifier", "text_classifier", "object_detector", "image_segmenter"] as const;

export type BuiltinHandler = (typeof builtinHandlers)[number];

const known: ReadonlySet<string> = new Set(builtinHandlers);

export function isBuiltinHandler(name: string): name is BuiltinHandler {
  return known.has(name);
}

/** Of TorchServe's package alone, beside those: they run where a Python interpreter has it. */
const torchHandlers: ReadonlySet<string> = new Set([
  "base_handler",
  "dali_image_classifier",
  "vllm_handler",
  "trt_llm_handler",
]);

export function isTorchHandler(name: string): boolean {
  return torchHandlers.has(name);
}
