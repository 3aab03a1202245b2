// The handlers that need no code in the archive.

const builtinHandlers = ["image_classifier", "text_classifier", "object_detector", "image_segmenter"] as const;

export type BuiltinHandler = (typeof builtinHandlers)[number];

const known: ReadonlySet<string> = new Set(builtinHandlers);

export function isBuiltinHandler(name: string): name is BuiltinHandler {
  return known.has(name);
}
