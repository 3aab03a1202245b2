// The part of @huggingface/tokenizers that the engines use: its own declarations import without extensions, which Node's resolution refuses.

export interface Encoding {
  readonly ids: number[];
  readonly tokens: string[];
  readonly attention_mask: number[];
  readonly token_type_ids?: number[];
}

export declare class Tokenizer {
  /** The parsed contents of `tokenizer.json` and `tokenizer_config.json`. */
  constructor(tokenizer: object, config: object);
  encode(
    text: string,
    options: { text_pair?: string | null; add_special_tokens?: boolean; return_token_type_ids: true },
  ): Encoding & { readonly token_type_ids: number[] };
  encode(
    text: string,
    options?: { text_pair?: string | null; add_special_tokens?: boolean; return_token_type_ids?: boolean | null },
  ): Encoding;
}
