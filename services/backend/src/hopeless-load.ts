// Whether trying to load again can help.
import { EngineLoadError, LayoutError } from "@sealserve/engines";
import { isFetchError } from "@sealserve/inference";
import { isSealingError } from "@sealserve/sealing";
import { isPassing, KeyRefusedError } from "./sealed/key-refused-error.ts";

/** What is wrong with the model itself stays wrong until its files change; a crash, a time-out or a failing disk may pass. */
export function isHopelessLoad(error: unknown): boolean {
  if (error instanceof LayoutError) return error.code !== "file-unreadable" && error.code !== "archive-changed";
  if (error instanceof KeyRefusedError) return !isPassing(error);
  if (isFetchError(error)) return error.code !== "not-fetched" && error.code !== "not-kept";
  if (isSealingError(error)) return error.code !== "source-unreadable";
  return error instanceof EngineLoadError && error.code !== "load-timeout" && error.code !== "load-crashed";
}
