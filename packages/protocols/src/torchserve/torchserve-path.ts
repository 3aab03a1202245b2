// Paths as TorchServe takes them: with a slash at the end or without, and with words of its own for what is not percent-encoded.
import { isInferenceError } from "@sealserve/inference";
import { type PathPattern, type PathPatternOptions, pathPattern } from "../http/path-pattern.ts";
import { TorchserveRefusal } from "./refusal.ts";

/** As `pathPattern`. Throws `TorchserveRefusal` for a percent sign that begins no escape. */
export function torchservePath(text: string, options: PathPatternOptions = {}): PathPattern {
  const pattern = pathPattern(text, options);
  // A pattern that ends with the rest of a path takes its slash as a part of that.
  const bare = (path: string): string => (text.endsWith("*}]") || path === "/" ? path : path.replace(/\/$/, ""));
  return {
    text,
    match(path) {
      try {
        return pattern.match(bare(path));
      } catch (error) {
        if (isInferenceError(error)) checkEscapes(path);
        throw error;
      }
    },
    accepts: (path) => pattern.accepts(bare(path)),
    fill: (captured) => pattern.fill(captured),
  };
}

/** Throws `TorchserveRefusal` in the words of the original's decoder (Netty, `QueryStringDecoder`). */
export function checkEscapes(path: string): void {
  const [found] = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(path) ?? [];
  if (found === undefined) return;
  const at = path.indexOf(found);
  const message =
    found.length < 3
      ? `unterminated escape sequence at index ${at} of: ${path}`
      : `invalid hex byte '${found.slice(1)}' at index ${at + 1} of '${path}'`;
  throw new TorchserveRefusal(403, "IllegalArgumentException", message);
}
