// Parses the protobuf text format, in which Triton's model configurations are written, without a schema.
// Source: protobuf.dev/reference/protobuf/textformat-spec; extensions and `Any` are left out, as Triton has none.
import { LayoutError } from "../layout-error.ts";
import { type Token, TokenReader } from "./protobuf-text-tokens.ts";

/** A number keeps its spelling (`0x1F`, `1e3`, `-inf`): only the reader knows whether it wants an integer. */
export type TextScalar =
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "word"; readonly value: string }
  | { readonly kind: "number"; readonly value: string };

export type TextValue = TextScalar | TextMessage;

/** Fields in the order of the text; a list `[a, b]` gives one field for each element. */
export interface TextMessage {
  readonly kind: "message";
  readonly fields: readonly TextField[];
}

export interface TextField {
  readonly name: string;
  readonly value: TextValue;
  /** Where the name stands, counted from 1. */
  readonly line: number;
  readonly column: number;
}

const maxDepth = 64;

/** Throws `config-syntax` with line and column; `location` is for its message. */
export function parseProtobufText(location: string, text: string): TextMessage {
  return new Parser(location, text).file();
}

class Parser {
  readonly #location: string;
  readonly #tokens: TokenReader;
  #depth = 0;

  constructor(location: string, text: string) {
    this.#location = location;
    this.#tokens = new TokenReader(location, text);
  }

  file(): TextMessage {
    return this.#message(null);
  }

  /** Fields up to the closing sign, which is taken; `null`: up to the end of the text. */
  #message(closing: string | null): TextMessage {
    if (this.#depth === maxDepth) throw this.#error(this.#tokens.peek(), `messages nest deeper than ${maxDepth}`);
    this.#depth++;
    const fields: TextField[] = [];
    for (;;) {
      const token = this.#tokens.next();
      if (closing === null ? token.kind === "end" : isSign(token, closing)) break;
      this.#field(token, closing, fields);
      const separator = this.#tokens.peek();
      if (isSign(separator, ",") || isSign(separator, ";")) this.#tokens.next();
    }
    this.#depth--;
    return { kind: "message", fields };
  }

  #field(name: Token, closing: string | null, fields: TextField[]): void {
    if (name.kind !== "word") {
      throw this.#error(name, `expected a field name${closing ? ` or '${closing}'` : ""}, found ${shown(name)}`);
    }
    const { text, line, column } = name;
    const add = (value: TextValue) => fields.push({ name: text, value, line, column });
    const colon = isSign(this.#tokens.peek(), ":");
    if (colon) this.#tokens.next();
    if (!isSign(this.#tokens.peek(), "[")) return void add(this.#value(colon));
    this.#tokens.next();
    if (isSign(this.#tokens.peek(), "]")) return void this.#tokens.next();
    for (;;) {
      add(this.#value(colon));
      const token = this.#tokens.next();
      if (isSign(token, "]")) return;
      if (!isSign(token, ",")) throw this.#error(token, `expected ',' or ']', found ${shown(token)}`);
    }
  }

  /** A message may stand without a colon, a scalar may not. */
  #value(scalarAllowed: boolean): TextValue {
    const token = this.#tokens.next();
    if (isSign(token, "{")) return this.#message("}");
    if (isSign(token, "<")) return this.#message(">");
    if (!scalarAllowed) throw this.#error(token, `expected ':' or '{', found ${shown(token)}`);
    switch (token.kind) {
      case "word":
      case "number":
        return { kind: token.kind, value: token.text };
      case "string":
        return { kind: "string", value: this.#concatenated(token.text) };
      case "sign":
        if (token.text === "-") return this.#negative();
        throw this.#error(token, `expected a value, found ${shown(token)}`);
      case "end":
        throw this.#error(token, "expected a value, found the end of the text");
    }
  }

  /** Strings next to each other are one. */
  #concatenated(first: string): string {
    const parts = [first];
    while (this.#tokens.peek().kind === "string") parts.push(this.#tokens.next().text);
    return parts.join("");
  }

  #negative(): TextScalar {
    const token = this.#tokens.next();
    const infinite = token.kind === "word" && /^(?:inf|infinity|nan)$/i.test(token.text);
    if (token.kind !== "number" && !infinite)
      throw this.#error(token, `expected a number after '-', found ${shown(token)}`);
    return { kind: "number", value: `-${token.text}` };
  }

  #error({ line, column }: Token, problem: string): LayoutError {
    return new LayoutError("config-syntax", { location: this.#location, line, column, problem });
  }
}

function isSign(token: Token, text: string): boolean {
  return token.kind === "sign" && token.text === text;
}

function shown(token: Token): string {
  return token.kind === "end" ? "the end of the text" : JSON.stringify(token.text.slice(0, 40));
}
