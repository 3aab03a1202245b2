// An image of a line of text as PP-OCR's recognition models take it.
import sharp from "sharp";

/** Rows of pixels that the model sees; the width follows the image's own proportions. */
export const lineHeight = 48;

export interface LineTensor {
  readonly width: number;
  /** Channels blue, green, red, each `lineHeight` × `width`, from -1 to 1. */
  readonly values: Float32Array;
}

/** Throws where the bytes are no image. */
export async function lineTensor(image: Uint8Array): Promise<LineTensor> {
  const { data, info } = await sharp(image)
    .flatten({ background: "white" })
    .toColourspace("srgb")
    .resize({ height: lineHeight })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, channels } = info;
  const plane = lineHeight * width;
  const values = new Float32Array(3 * plane);
  for (let pixel = 0; pixel < plane; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const byte = data[pixel * channels + (2 - channel)] ?? 0;
      values[channel * plane + pixel] = (byte / 255 - 0.5) / 0.5;
    }
  }
  return { width, values };
}
