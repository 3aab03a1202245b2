// Cuts the members of a JSON object out of its text, byte for byte: a signature holds over the exact text of one of them.

/** Text of each member's value. Throws `SyntaxError` unless `text` is one JSON object without duplicate names. */
export function sliceMembers(text: string): ReadonlyMap<string, string> {
  // After this the text is known to be JSON, and what follows may look for the borders only.
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new SyntaxError("not a JSON object");
  const members = new Map<string, string>();
  let at = text.indexOf("{") + 1;
  for (;;) {
    at = skipSpace(text, at);
    if (text[at] === "}") return members;
    if (text[at] === ",") at = skipSpace(text, at + 1);
    const nameEnd = skipString(text, at);
    const name: string = JSON.parse(text.slice(at, nameEnd));
    const start = skipSpace(text, text.indexOf(":", nameEnd) + 1);
    at = skipValue(text, start);
    if (members.has(name)) throw new SyntaxError(`member '${name}' twice`);
    members.set(name, text.slice(start, at));
  }
}

/** The engine's own message would quote the text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError("not JSON", { cause: error });
  }
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (" \t\r\n".includes(text[next] ?? "x")) next++;
  return next;
}

/** Index behind the string that begins at `at`. */
function skipString(text: string, at: number): number {
  let next = at + 1;
  while (text[next] !== '"') next += text[next] === "\\" ? 2 : 1;
  return next + 1;
}

/** Index behind the value that begins at `at`. */
function skipValue(text: string, at: number): number {
  let depth = 0;
  let next = at;
  do {
    const character = text[next];
    if (character === '"') {
      next = skipString(text, next);
      continue;
    }
    if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (depth === 0) return skipScalar(text, next);
    next++;
  } while (depth > 0);
  return next;
}

function skipScalar(text: string, at: number): number {
  let next = at;
  while (!/[\s,}\]]/.test(text[next] ?? ",")) next++;
  return next;
}
