// The built-in `object_detector`: an image in, the boxes of what is seen in it out.
import { BaseHandler } from "../base-handler.ts";
import type { HandlerContext, HandlerRow, HandlerSession, ModelContext, NamedTensors } from "../handler-context.ts";
import { imageOf, type Resize, stacked } from "./image-input.ts";
import { type Labels, readLabels } from "./labels.ts";
import { numbersOf, sessionOf } from "./model-session.ts";

const threshold = 0.5;
const asItIs: Resize = (image) => image;

/** What one image gave, and what takes its boxes back to the size it came in. */
interface Detection {
  readonly results: NamedTensors;
  readonly scaleX: number;
  readonly scaleY: number;
}

/**
 * The model takes FP32 [1, 3, height, width] from 0 to 1 (an image is brought to size where the model fixes it) and gives `boxes`
 * [n, 4] as x1, y1, x2, y2, `labels` [n] and `scores` [n], as torchvision's detection models do. Images differ in size and in what
 * they give, so each runs alone.
 */
export class ObjectDetector extends BaseHandler<readonly HandlerRow[], readonly Detection[]> {
  #labels: Labels = String;

  override initialize(context: ModelContext): void {
    const names = sessionOf(context).outputs.map(({ name }) => name);
    const missing = ["boxes", "labels", "scores"].filter((name) => !names.includes(name));
    if (missing.length > 0)
      throw new TypeError(`the model must give ${missing.join(", ")}; it gives ${names.join(", ")}`);
    this.#labels = readLabels(context.files);
  }

  override preprocess(rows: readonly HandlerRow[]): readonly HandlerRow[] {
    return rows;
  }

  override async inference(rows: readonly HandlerRow[], context: HandlerContext): Promise<readonly Detection[]> {
    const session = sessionOf(context);
    const detections: Detection[] = [];
    for (const row of rows) detections.push(await detect(row, session));
    return detections;
  }

  override postprocess(detections: readonly Detection[]): readonly unknown[] {
    return detections.map(({ results, scaleX, scaleY }) => {
      const boxes = numbersOf(results["boxes"], "boxes");
      const labels = numbersOf(results["labels"], "labels");
      return numbersOf(results["scores"], "scores").flatMap((score, i) => {
        if (score < threshold) return [];
        const box = boxes.slice(4 * i, 4 * i + 4).map((side, j) => side * (j % 2 === 0 ? scaleX : scaleY));
        const seen = new Map<string, unknown>([[this.#labels(labels[i] ?? 0), box]]);
        return [seen.set("score", score)];
      });
    });
  }
}

async function detect(row: HandlerRow, session: HandlerSession): Promise<Detection> {
  const [input] = session.inputs;
  const [, , height = -1, width = -1] = input?.shape ?? [];
  const fixed = height > 0 && width > 0;
  let scale = { scaleX: 1, scaleY: 1 };
  const toModel: Resize = (image, wide, high) => {
    scale = { scaleX: wide / width, scaleY: high / height };
    return image.resize(width, height, { fit: "fill", kernel: "linear" });
  };
  const image = await imageOf(row, fixed ? toModel : asItIs);
  const results = await session.run({ [input?.name ?? ""]: stacked([image]) });
  return { results, ...scale };
}
