// The built-in handlers by name. Each is imported when it is asked for: most need native code that others do not.
import type { BuiltinHandler } from "../../builtin-handler.ts";
import type { Handler } from "../base-handler.ts";

const table: Readonly<Record<BuiltinHandler, () => Promise<Handler>>> = {
  image_classifier: async () => new (await import("./image-classifier.ts")).ImageClassifier(),
  image_segmenter: async () => new (await import("./image-segmenter.ts")).ImageSegmenter(),
  object_detector: async () => new (await import("./object-detector.ts")).ObjectDetector(),
  text_classifier: async () => new (await import("./text-classifier.ts")).TextClassifier(),
};

export function createBuiltin(name: BuiltinHandler): Promise<Handler> {
  return table[name]();
}
