// The built-in `text_classifier`: a text in, the probability of each class out.
import { Tokenizer } from "@huggingface/tokenizers";
import { BaseHandler } from "../base-handler.ts";
import type {
  HandlerContext,
  HandlerFiles,
  HandlerRow,
  HandlerTensor,
  ModelContext,
  NamedTensors,
} from "../handler-context.ts";
import { PredictionError } from "../prediction-error.ts";
import { type Labels, likeliest, readLabels } from "./labels.ts";
import { floatsOf, sessionOf } from "./model-session.ts";
import { softmax } from "./softmax.ts";

/** What we read of a tokenizer's two files ourselves. */
interface TokenizerJson {
  readonly truncation?: { readonly max_length?: number } | null;
  readonly model?: { readonly unk_token?: string };
  readonly model_max_length?: number;
}

interface Tokens {
  readonly ids: readonly number[];
  readonly attention_mask: readonly number[];
  readonly token_type_ids: readonly number[];
}

/**
 * The archive holds `tokenizer.json` (and `tokenizer_config.json`) of Hugging Face. The model takes INT64 [1, tokens] as `input_ids`
 * and, if it wants them, `attention_mask` and `token_type_ids`; it gives scores, FP32 [1, classes]. Texts run one by one, as in
 * TorchServe.
 */
export class TextClassifier extends BaseHandler<readonly Tokens[], readonly NamedTensors[]> {
  #labels: Labels = String;
  #tokenizer: Tokenizer | null = null;
  #maxLength = Number.POSITIVE_INFINITY;

  override initialize(context: ModelContext): void {
    sessionOf(context);
    this.#labels = readLabels(context.files);
    const json = readJson(context.files, "tokenizer.json");
    const config = context.files.has("tokenizer_config.json") ? readJson(context.files, "tokenizer_config.json") : {};
    // The library looks for the unknown token in the second file only.
    this.#tokenizer = new Tokenizer(json, { unk_token: json.model?.unk_token, ...config });
    this.#maxLength = json.truncation?.max_length ?? config.model_max_length ?? this.#maxLength;
  }

  override preprocess(rows: readonly HandlerRow[]): readonly Tokens[] {
    return rows.map((row) => this.#encode(textOf(row)));
  }

  override async inference(texts: readonly Tokens[], context: HandlerContext): Promise<readonly NamedTensors[]> {
    const session = sessionOf(context);
    const results: NamedTensors[] = [];
    for (const tokens of texts) {
      const given: NamedTensors = {
        input_ids: int64(tokens.ids),
        attention_mask: int64(tokens.attention_mask),
        token_type_ids: int64(tokens.token_type_ids),
      };
      const names = new Set(session.inputs.map(({ name }) => name));
      results.push(await session.run(Object.fromEntries(Object.entries(given).filter(([name]) => names.has(name)))));
    }
    return results;
  }

  override postprocess(results: readonly NamedTensors[], context: HandlerContext): readonly unknown[] {
    const [output] = sessionOf(context).outputs;
    return results.map((result) => {
      const probabilities = softmax(floatsOf(result, output?.name ?? "").data);
      return likeliest(probabilities, probabilities.length, this.#labels);
    });
  }

  /** A text that is too long is cut before its last token, which marks the end. */
  #encode(text: string): Tokens {
    if (!this.#tokenizer) throw new TypeError("the handler was not initialized");
    const encoded = this.#tokenizer.encode(text, { return_token_type_ids: true });
    const cut = (list: readonly number[]): readonly number[] =>
      list.length <= this.#maxLength ? list : [...list.slice(0, this.#maxLength - 1), ...list.slice(-1)];
    return {
      ids: cut(encoded.ids),
      attention_mask: cut(encoded.attention_mask),
      token_type_ids: cut(encoded.token_type_ids),
    };
  }
}

function int64(values: readonly number[]): HandlerTensor {
  return { datatype: "INT64", shape: [1, values.length], data: BigInt64Array.from(values, BigInt) };
}

function textOf(row: HandlerRow): string {
  const field = row["data"] ?? row["body"];
  if (!field) throw new PredictionError("expected a text as the body, or as the field 'data'", 400);
  if (field.contentType?.split(";")[0]?.trim().toLowerCase() !== "application/json") return field.text();
  const json = field.json();
  if (typeof json !== "string") throw new PredictionError("expected a JSON string", 400);
  return json;
}

function readJson(files: HandlerFiles, name: string): TokenizerJson {
  const json: unknown = JSON.parse(files.text(name));
  if (typeof json !== "object" || json === null) throw new TypeError(`${name} must hold an object`);
  return json;
}
