// Splits protobuf text format into tokens, each with its place.
import { strictTextOf } from "@sealserve/primitives";
import { LayoutError } from "../layout-error.ts";
import { unescapedBytes } from "./protobuf-text-escapes.ts";

/** `text` is the value: of a string without quotes and escapes. */
export interface Token {
  readonly kind: "word" | "number" | "string" | "sign" | "end";
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

const space = /(?:\s|#[^\n]*)*/y;
const word = /[A-Za-z_][A-Za-z0-9_]*/y;
const number = /0[xX][0-9A-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fF]?/y;
const string = /"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'/y;
const sign = /[{}<>[\]:,;-]/y;
const afterNumber = /[A-Za-z0-9_.]/y;

/** One token ahead. */
export class TokenReader {
  readonly #location: string;
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;
  #peeked: Token | null = null;

  constructor(location: string, text: string) {
    this.#location = location;
    this.#text = text;
  }

  peek(): Token {
    this.#peeked ??= this.#read();
    return this.#peeked;
  }

  next(): Token {
    const token = this.peek();
    this.#peeked = null;
    return token;
  }

  #read(): Token {
    this.#skipSpace();
    if (this.#at === this.#text.length) return this.#token("end", "");
    for (const [kind, pattern] of [
      ["word", word],
      ["string", string],
      ["number", number],
      ["sign", sign],
    ] as const) {
      const found = this.#match(pattern);
      if (found === null) continue;
      const token = this.#token(kind, found);
      this.#at += found.length;
      if (kind === "number" && this.#match(afterNumber) !== null) throw this.#error("a number runs into other text");
      return kind === "string" ? { ...token, text: this.#unquoted(found, token) } : token;
    }
    const [character = ""] = this.#text.slice(this.#at);
    throw this.#error(
      /["']/.test(character) ? "a string does not end on its line" : `unexpected ${JSON.stringify(character)}`,
    );
  }

  #skipSpace(): void {
    const skipped = this.#match(space) ?? "";
    for (let i = skipped.indexOf("\n"); i !== -1; i = skipped.indexOf("\n", i + 1)) {
      this.#line++;
      this.#lineStart = this.#at + i + 1;
    }
    this.#at += skipped.length;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0] ?? null;
  }

  #unquoted(quoted: string, token: Token): string {
    const { bytes, problem } = unescapedBytes(quoted.slice(1, -1));
    if (problem !== null) throw this.#error(problem, token);
    try {
      return strictTextOf(bytes);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw this.#error("a string is not UTF-8", token);
    }
  }

  #token(kind: Token["kind"], text: string): Token {
    return { kind, text, line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  #error(problem: string, at: Pick<Token, "line" | "column"> = this.#token("end", "")): LayoutError {
    return new LayoutError("config-syntax", { location: this.#location, line: at.line, column: at.column, problem });
  }
}
