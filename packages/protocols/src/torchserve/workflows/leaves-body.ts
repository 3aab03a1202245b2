// The answers of a workflow's leaves as one body.
import { type Bytes, concatBytes, textOf, utf8 } from "@sealserve/primitives";

/**
 * The only leaf's as it is; of several an object by node, in which an answer that is JSON stays letter by letter what it is, and any other is a
 * text (TorchServe, `WorkflowManager.predict`, which takes nothing but objects).
 */
export function leavesBody(answers: ReadonlyMap<string, Bytes>): Bytes {
  const [only, another] = answers.values();
  if (only && !another) return only;
  const members = [...answers].flatMap(([name, bytes], i) => [
    utf8(`${i === 0 ? "{" : ","}\n  ${JSON.stringify(name)}: `),
    isJson(bytes) ? bytes : utf8(JSON.stringify(textOf(bytes))),
  ]);
  return concatBytes([...members, utf8("\n}\n")]);
}

function isJson(bytes: Bytes): boolean {
  try {
    JSON.parse(textOf(bytes));
    return true;
  } catch {
    return false;
  }
}
