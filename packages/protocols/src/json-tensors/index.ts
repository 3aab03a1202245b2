// Tensors as nested JSON lists, in TensorFlow Serving's row and column formats; TorchServe's protocol takes them too.
export { firstKey, writeText } from "./b64-object.ts";
export { InputNames, type ModelInputs, shortened } from "./input-names.ts";
export { tensorFromJson, tensorsToJson } from "./json-text.ts";
export {
  defaultSignature,
  type PredictDocument,
  type PredictFormat,
  readFormat,
  readPredictDocument,
} from "./predict-document.ts";
export { readColumns } from "./read-columns.ts";
export { namesIn } from "./read-names.ts";
export { readTensor } from "./read-tensor.ts";
export { writeColumns, writeRows } from "./write-tensors.ts";
