// The image of a request as a tensor: channels first, from 0 to 1.
// Source: TorchServe, `ts/torch_handler/vision_handler.py`; torchvision's Resize, CenterCrop, ToTensor and Normalize.
import sharp, { type Sharp } from "sharp";
import type { HandlerRow } from "../handler-context.ts";
import { PredictionError } from "../prediction-error.ts";

/** FP32 [3, height, width]. */
export interface ImageTensor {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** How an encoded image is brought to size. */
export type Resize = (image: Sharp, width: number, height: number) => Sharp;

/** The shorter side to 256, then the middle 224 by 224. */
export const centreCrop: Resize = (image, width, height) => {
  const scale = 256 / Math.min(width, height);
  const [wide, high] = [Math.floor(width * scale), Math.floor(height * scale)].map((side) => Math.max(side, 256));
  const size = { width: 224, height: 224 };
  const left = Math.round(((wide ?? 256) - size.width) / 2);
  const top = Math.round(((high ?? 256) - size.height) / 2);
  return image.resize(wide, high, { fit: "fill", kernel: "linear" }).extract({ left, top, ...size });
};

/**
 * The field `data` or `body`: bytes of an image, base64 text of one, or (as JSON) a nested list [3][height][width] that is a tensor
 * already. Throws `PredictionError` with status 400.
 */
export async function imageOf(row: HandlerRow, resize: Resize): Promise<ImageTensor> {
  const field = row["data"] ?? row["body"];
  if (!field) throw new PredictionError("expected an image as the body, or as the field 'data'", 400);
  const type = field.contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json") return decode(type.startsWith("text/") ? base64(field.text()) : field.bytes, resize);
  const json = field.json();
  return typeof json === "string" ? decode(base64(json), resize) : nestedImage(json);
}

/** Each channel minus its mean, by its deviation: the numbers of ImageNet. */
export function normalized({ width, height, data }: ImageTensor): ImageTensor {
  const means = [0.485, 0.456, 0.406];
  const deviations = [0.229, 0.224, 0.225];
  const size = width * height;
  const scaled = data.map((value, i) => {
    const channel = Math.floor(i / size);
    return (value - (means[channel] ?? 0)) / (deviations[channel] ?? 1);
  });
  return { width, height, data: scaled };
}

/** Images of one size as FP32 [n, 3, height, width]. Throws `PredictionError` with status 400 where their sizes differ. */
export function stacked(images: readonly ImageTensor[]) {
  const { width, height } = images[0] ?? { width: 0, height: 0 };
  const length = 3 * width * height;
  const data = new Float32Array(images.length * length);
  for (const [i, image] of images.entries()) {
    if (image.width !== width || image.height !== height) {
      throw new PredictionError(
        `images of one batch have one size: ${width}x${height}, not ${image.width}x${image.height}`,
        400,
      );
    }
    data.set(image.data, i * length);
  }
  return { datatype: "FP32", shape: [images.length, 3, height, width], data } as const;
}

function base64(text: string): Uint8Array {
  return Buffer.from(text.replace(/^data:[^,]*,/, ""), "base64");
}

async function decode(bytes: Uint8Array, resize: Resize): Promise<ImageTensor> {
  try {
    const image = sharp(bytes).removeAlpha().toColourspace("srgb");
    const { width, height } = await image.metadata();
    const { data, info } = await resize(image, width, height).raw().toBuffer({ resolveWithObject: true });
    return channelsFirst(data, info.width, info.height, info.channels);
  } catch (error) {
    throw new PredictionError("the body is no image that can be read (JPEG, PNG, WebP, GIF, TIFF, AVIF)", 400, error);
  }
}

/** Grey pictures have one channel, which counts three times. */
function channelsFirst(pixels: Uint8Array, width: number, height: number, channels: number): ImageTensor {
  const size = width * height;
  const data = new Float32Array(3 * size);
  for (let channel = 0; channel < 3; channel++) {
    const from = Math.min(channel, channels - 1);
    for (let i = 0; i < size; i++) data[channel * size + i] = (pixels[i * channels + from] ?? 0) / 255;
  }
  return { width, height, data };
}

function nestedImage(json: unknown): ImageTensor {
  const shape: number[] = [];
  for (let level = json; Array.isArray(level); level = level[0]) shape.push(level.length);
  const values: unknown[] = Array.isArray(json) ? json.flat(2) : [];
  const [channels, height = 0, width = 0] = shape;
  const fits = shape.length === 3 && channels === 3 && values.length === 3 * width * height;
  if (!fits || !values.every((value) => typeof value === "number")) {
    throw new PredictionError("expected a nested list of numbers [3][height][width]", 400);
  }
  return { width, height, data: Float32Array.from(values as number[]) };
}
