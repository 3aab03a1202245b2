// The answers of a workflow's leaves as one body.
import { type Bytes, concatBytes, textOf, utf8 } from "@sealserve/primitives";

/**
 * The only leaf's as it is; of several an object by node, in which an answer that is JSON keeps its words and numbers, and any other is a text
 * (TorchServe, `WorkflowManager.predict`, which takes nothing but objects).
 */
export function leavesBody(answers: ReadonlyMap<string, Bytes>): Bytes {
  const [only, another] = answers.values();
  if (only && !another) return only;
  const members = [...answers].flatMap(([name, bytes], i) => [
    utf8(`${i === 0 ? "{" : ","}\n  ${JSON.stringify(name)}: `),
    utf8(memberOf(textOf(bytes))),
  ]);
  return concatBytes([...members, utf8("\n}\n")]);
}

/** A line end in JSON is between its parts: what is inside may be moved to the right. */
function memberOf(text: string): string {
  return isJson(text) ? text.trim().replaceAll("\n", "\n  ") : JSON.stringify(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
