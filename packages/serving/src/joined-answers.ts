// All answers of a stream as one, for who asked for one.
import { decodeByteStrings, encodeByteStrings, type InferenceResponse, type Tensor } from "@sealserve/inference";
import { concatBytes } from "@sealserve/primitives";

/**
 * The last answer, with the parameters of the first; its byte strings are those of all answers one after the other, element by
 * element. `before` holds at least one answer. Of outputs that are no byte strings the last holds.
 */
export function joinedAnswers(before: readonly InferenceResponse[], last: InferenceResponse): InferenceResponse {
  const all = [...before, last];
  const names = new Set(all.flatMap(({ outputs }) => outputs.map(({ name }) => name)));
  const outputs = [...names].map((name) =>
    joined(all.flatMap(({ outputs }) => outputs.filter((o) => o.name === name))),
  );
  const { parameters: _, ...rest } = last;
  const parameters = all[0]?.parameters;
  return { ...rest, ...(parameters && { parameters }), outputs };
}

/** `parts`: at least one output of one name. */
function joined(parts: readonly Tensor[]): Tensor {
  const [first, ...others] = parts;
  if (first === undefined) throw new TypeError("an output has no part");
  const last = others.at(-1) ?? first;
  if (last.datatype !== "BYTES" || others.length === 0) return last;
  const all = parts.filter(({ datatype }) => datatype === "BYTES");
  const elements = all.map(({ name, bytes }) => decodeByteStrings(name, bytes));
  // A part may lack elements that others have.
  const count = Math.max(...elements.map(({ length }) => length));
  const { shape } = all.find((_, i) => elements[i]?.length === count) ?? last;
  const whole = Array.from({ length: count }, (_, i) => concatBytes(elements.flatMap((list) => list[i] ?? [])));
  const { name, datatype } = last;
  const { parameters } = first;
  return { name, datatype, shape, bytes: encodeByteStrings(whole), ...(parameters && { parameters }) };
}
