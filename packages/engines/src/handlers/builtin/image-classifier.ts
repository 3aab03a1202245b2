// The built-in `image_classifier`: an image in, the five likeliest classes out.
import { BaseHandler } from "../base-handler.ts";
import type { HandlerContext, HandlerRow, ModelContext, NamedTensors } from "../handler-context.ts";
import { centreCrop, imageOf, normalized, stacked } from "./image-input.ts";
import { type Labels, likeliest, readLabels } from "./labels.ts";
import { floatsOf, sessionOf } from "./model-session.ts";
import { softmax } from "./softmax.ts";

const topClasses = 5;

/** The model takes FP32 [n, 3, 224, 224] and gives scores, FP32 [n, classes]. */
export class ImageClassifier extends BaseHandler {
  #labels: Labels = String;

  override initialize(context: ModelContext): void {
    sessionOf(context);
    this.#labels = readLabels(context.files);
  }

  override async preprocess(rows: readonly HandlerRow[], context: HandlerContext): Promise<NamedTensors> {
    const images = await Promise.all(rows.map(async (row) => normalized(await imageOf(row, centreCrop))));
    const [input] = sessionOf(context).inputs;
    return { [input?.name ?? ""]: stacked(images) };
  }

  override postprocess(outputs: NamedTensors, context: HandlerContext): readonly unknown[] {
    const [output] = sessionOf(context).outputs;
    const { shape, data } = floatsOf(outputs, output?.name ?? "");
    const classes = data.length / (shape[0] ?? 1);
    return Array.from({ length: shape[0] ?? 0 }, (_, row) =>
      likeliest(softmax(data, row * classes, classes), topClasses, this.#labels),
    );
  }
}
