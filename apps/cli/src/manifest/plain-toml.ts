// Makes TOML of a manifest template: what Jinja would put in stays as a text that says so.

type Inside = "plain" | "comment" | '"' | "'" | '"""' | "'''";

/**
 * `{{ expression }}` becomes that text, in quotes where it stands bare; `{% … %}` and `{# … #}` go, so that what is between them is read as if
 * it were always there. Texts without them come back as they are.
 */
export function plainToml(text: string): string {
  let inside: Inside = "plain";
  let plain = "";
  let i = 0;
  while (i < text.length) {
    const end = tagEnd(text, i);
    if (end !== null) {
      if (text[i + 1] === "{" && inside !== "comment") plain += placeholder(text.slice(i + 2, end - 2), inside);
      i = end;
      continue;
    }
    const token = tokenAt(text, i, inside);
    inside = after(token, inside);
    plain += token;
    i += token.length;
  }
  return plain;
}

export function isTemplate(text: string): boolean {
  return /\{\{|\{%|\{#/.test(text);
}

/** Whether a value is what Jinja would put there, and nothing else. */
export function isDecidedElsewhere(value: unknown): value is string {
  return typeof value === "string" && /^\{\{[^{}]*\}\}$/.test(value);
}

/** Where the Jinja tag that begins at `start` ends; null: none begins there, or it has no end. */
function tagEnd(text: string, start: number): number | null {
  const closing = { "{{": "}}", "{%": "%}", "{#": "#}" }[text.slice(start, start + 2)];
  if (closing === undefined) return null;
  const at = text.indexOf(closing, start + 2);
  return at < 0 ? null : at + 2;
}

function placeholder(expression: string, inside: Inside): string {
  const name = expression
    .replace(/^-|-$/g, "")
    .replace(/["\\]/g, "'")
    .replace(/[{}\n]/g, " ")
    .trim();
  const text = `{{ ${inside === "'" || inside === "'''" ? name.replaceAll("'", " ") : name} }}`;
  return inside === "plain" ? `"${text}"` : text;
}

function tokenAt(text: string, at: number, inside: Inside): string {
  if ((inside === '"' || inside === '"""') && text[at] === "\\") return text.slice(at, at + 2);
  const three = text.slice(at, at + 3);
  const isLong = three === '"""' || three === "'''";
  return isLong && (inside === "plain" || inside === three) ? three : (text[at] ?? "");
}

function after(token: string, inside: Inside): Inside {
  switch (inside) {
    case "plain":
      if (token === "#") return "comment";
      return token === '"' || token === "'" || token === '"""' || token === "'''" ? token : "plain";
    case "comment":
      return token === "\n" ? "plain" : "comment";
    case '"':
    case "'":
      return token === inside || token === "\n" ? "plain" : inside;
    default:
      return token === inside ? "plain" : inside;
  }
}
