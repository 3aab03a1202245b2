// JSON over bytes: a pull reader, a writer, and the elements of tensors, in slices that let others run.
export { type ByteRange, type JsonLimits, JsonReader } from "./json-reader.ts";
export type { JsonKind } from "./json-tokens.ts";
export { JsonWriter, type JsonWriterOptions } from "./json-writer.ts";
export { eventLoopPause, type Paced, type Pause, runPaced, runUnpaced } from "./paced.ts";
export { type Elements, type ElementsOptions, ElementsReader, readElements } from "./read-elements.ts";
export { malformedJson } from "./syntax.ts";
export { type WriteElementsOptions, writeElements } from "./write-elements.ts";
