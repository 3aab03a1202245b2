// What convolution.py does, over the ONNX form of the same model.
import { BaseHandler, type HandlerRow, type NamedTensors } from "@sealserve/engines/handler";

const size = 3 * 64 * 64;

export class Convolution extends BaseHandler {
  preprocess(rows: readonly HandlerRow[]): NamedTensors {
    const data = new Float32Array(rows.length * size);
    const bytes = new Uint8Array(data.buffer);
    for (const [i, row] of rows.entries()) bytes.set(row["body"]?.bytes ?? [], i * size * 4);
    return { x: { datatype: "FP32", shape: [rows.length, 3, 64, 64], data } };
  }

  postprocess({ y }: NamedTensors): readonly string[] {
    const scores = Array.from(y?.data ?? [], Number);
    const [rows = 1, classes = 1] = y?.shape ?? [];
    return Array.from({ length: rows }, (_, row) => {
      const own = scores.slice(row * classes, (row + 1) * classes);
      return String(own.indexOf(Math.max(...own)));
    });
  }
}
