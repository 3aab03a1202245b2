// The built-in `image_segmenter`: an image in; for each pixel of its middle the likeliest class and its probability out.
import { BaseHandler } from "../base-handler.ts";
import type { HandlerContext, HandlerRow, ModelContext, NamedTensors } from "../handler-context.ts";
import { centreCrop, imageOf, normalized, stacked } from "./image-input.ts";
import { floatsOf, sessionOf } from "./model-session.ts";
import { softmax } from "./softmax.ts";

/** The model takes FP32 [n, 3, 224, 224] and gives scores, FP32 [n, classes, height, width], as `out` or as its first output. */
export class ImageSegmenter extends BaseHandler {
  override initialize(context: ModelContext): void {
    sessionOf(context);
  }

  override async preprocess(rows: readonly HandlerRow[], context: HandlerContext): Promise<NamedTensors> {
    const images = await Promise.all(rows.map(async (row) => normalized(await imageOf(row, centreCrop))));
    const [input] = sessionOf(context).inputs;
    return { [input?.name ?? ""]: stacked(images) };
  }

  override postprocess(outputs: NamedTensors, context: HandlerContext): readonly unknown[] {
    const [first] = sessionOf(context).outputs;
    const { shape, data } = floatsOf(outputs, "out" in outputs ? "out" : (first?.name ?? ""));
    const [images = 0, classes = 0, height = 0, width = 0] = shape;
    const pixels = height * width;
    const pixel = (image: number, at: number): [number, number] =>
      likeliest(softmax(data, image * classes * pixels + at, classes, pixels));
    return Array.from({ length: images }, (_, image) =>
      Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => pixel(image, y * width + x))),
    );
  }
}

function likeliest(probabilities: readonly number[]): [index: number, probability: number] {
  const most = Math.max(...probabilities);
  return [probabilities.indexOf(most), most];
}
