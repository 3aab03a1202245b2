// The handler of the model archive: an image of a line of text in, its text out.
import {
  BaseHandler,
  type HandlerContext,
  type HandlerRow,
  type ModelContext,
  type NamedTensors,
  PredictionError,
} from "@sealserve/engines/handler";
import { characterClasses, decodeGreedily } from "./greedy-decoding.ts";
import { type LineTensor, lineHeight, lineTensor } from "./line-tensor.ts";

export class LineReader extends BaseHandler {
  #classes: readonly string[] = [];

  override initialize({ files }: ModelContext): void {
    this.#classes = characterClasses(files.text("ppocr_keys_v1.txt"));
  }

  /** Lines of different widths share a batch: shorter ones are filled up on the right. */
  async preprocess(rows: readonly HandlerRow[]): Promise<NamedTensors> {
    const lines = await Promise.all(rows.map(readImage));
    const width = Math.max(...lines.map((line) => line.width));
    const data = new Float32Array(lines.length * 3 * lineHeight * width);
    lines.forEach((line, row) => {
      for (let y = 0; y < 3 * lineHeight; y++) {
        data.set(line.values.subarray(y * line.width, (y + 1) * line.width), (row * 3 * lineHeight + y) * width);
      }
    });
    return { x: { datatype: "FP32", shape: [lines.length, 3, lineHeight, width], data } };
  }

  postprocess(outputs: NamedTensors, context: HandlerContext): readonly unknown[] {
    const [probabilities] = Object.values(outputs);
    if (!(probabilities?.data instanceof Float32Array)) throw new TypeError("the model gave no probabilities");
    const { data } = probabilities;
    const size = data.length / context.batchSize;
    return Array.from({ length: context.batchSize }, (_, row) => {
      context.setResponseContentType(row, "application/json");
      return decodeGreedily(data.subarray(row * size, (row + 1) * size), this.#classes);
    });
  }
}

async function readImage(row: HandlerRow): Promise<LineTensor> {
  const field = row["data"] ?? row["body"];
  if (!field) throw new PredictionError("send the image as the body, or as the form field 'data'", 400);
  try {
    return await lineTensor(field.bytes);
  } catch (error) {
    throw new PredictionError("the body is no image that can be read", 400, error);
  }
}
