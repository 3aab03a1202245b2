// The JSON document of a small reply, as a client reads it.
import { InferenceError } from "@sealserve/inference";
import { type Bytes, strictTextOf } from "@sealserve/primitives";

/** Throws `malformed` where the body is no JSON. Documents with tensors have a reader of their own. */
export function readJsonDocument(body: Bytes): unknown {
  try {
    return JSON.parse(strictTextOf(body));
  } catch (error) {
    throw new InferenceError("malformed", { problem: "the reply is not a JSON document" }, error);
  }
}
