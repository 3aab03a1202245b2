// Path patterns such as `/v2/models/{model}[/versions/{version}]/infer`: matched by the server, filled in by the client.
import { InferenceError } from "@sealserve/inference";

export interface PathPattern {
  /** The pattern as written, for documents and logs. */
  readonly text: string;
  /** The captured segments, percent-decoded, or null where the path does not match. Throws `malformed` on bad encoding. */
  match(path: string): Readonly<Record<string, string>> | null;
  /** Whether the path matches, without decoding it; never throws. */
  accepts(path: string): boolean;
  /** The path with each segment percent-encoded; an optional part is left out where one of its captures is not given. */
  fill(captured: Readonly<Record<string, string | undefined>>): string;
}

export interface PathPatternOptions {
  /** Narrows what each capture takes: the source of a regular expression by name. */
  readonly limits?: Readonly<Record<string, string>>;
  /** Letters outside the captures match in either case. */
  readonly ignoreCase?: boolean;
}

/**
 * Compiles a pattern: `{name}` captures one segment or part of one, `[…]` is optional (not nested), `{name*}` takes the
 * rest of the path, slashes included.
 */
export function pathPattern(text: string, options: PathPatternOptions = {}): PathPattern {
  const names: string[] = [];
  let source = "";
  for (const token of text.split(/(\{[^}]+\}|[[\]])/)) {
    if (token === "[") source += "(?:";
    else if (token === "]") source += ")?";
    else if (token.startsWith("{")) {
      const rest = token.endsWith("*}");
      const name = token.slice(1, rest ? -2 : -1);
      names.push(name);
      source += `(${options.limits?.[name] ?? (rest ? ".*" : "[^/:]+")})`;
    } else source += token.replace(/[.*+?^${}()|\\/]/g, "\\$&");
  }
  const expression = new RegExp(`^${source}$`, options.ignoreCase ? "i" : "");
  return {
    text,
    match(path) {
      const found = expression.exec(path);
      if (!found) return null;
      const captured: Record<string, string> = {};
      names.forEach((name, i) => {
        const part = found[i + 1];
        if (part !== undefined) captured[name] = decode(part);
      });
      return captured;
    },
    accepts: (path) => expression.test(path),
    fill(captured) {
      const put = (part: string): string =>
        part.replace(/\{([^}*]+)(\*?)\}/g, (_, name: string, rest: string) => {
          const value = captured[name] ?? "";
          return rest ? value.split("/").map(encodeURIComponent).join("/") : encodeURIComponent(value);
        });
      const optional = text.replace(/\[([^\]]*)\]/g, (_, part: string) =>
        [...part.matchAll(/\{([^}*]+)\*?\}/g)].every(([, name]) => captured[name ?? ""] !== undefined) ? part : "",
      );
      return put(optional);
    },
  };
}

function decode(part: string): string {
  if (!part.includes("%")) return part;
  try {
    return decodeURIComponent(part);
  } catch (error) {
    throw new InferenceError("malformed", { problem: "the path is not percent-encoded UTF-8" }, error);
  }
}
