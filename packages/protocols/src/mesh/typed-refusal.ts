// A refusal inside the mesh tells the whole error beside the protocol's words, so that a frontend refuses its clients as the backend would have.
import { type AnyInferenceError, InferenceError } from "@sealserve/inference";
import { type Bytes, concatBytes, utf8 } from "@sealserve/primitives";
import { readJsonDocument } from "../http/json-document.ts";
import type { HttpAnswer, HttpReply } from "../http/message.ts";
import type { Protocol } from "../http/protocol.ts";
import { KeyBrokerError } from "../key-broker/key-broker-error.ts";
import { anyObject, oneOf, readJson, record, unread } from "../key-broker/shape.ts";
import { type RefusalCode, refusalCodes, refusalFacts } from "./refusal-facts.ts";

const mediaType = "application/vnd.sealserve.refusal+json";

/** Of a refusal whose facts are sent or read, in bytes. */
const maxBytes = 1024 * 1024;

/** `error` is the protocol's own sentence, for those who know no more. */
const document = record({ error: unread, code: oneOf(...refusalCodes), facts: anyObject });

/**
 * The protocol, which must refuse in Open Inference's form, with the code and the facts of each error in its refusal. For listeners of the mesh only:
 * facts say more than clients ought to know. An error that does not fit the form is told in the protocol's words alone.
 */
export function tellingErrors(protocol: Protocol): Protocol {
  return { ...protocol, refuse: (error) => withError(protocol.refuse(error), error) };
}

function withError(reply: HttpReply, { code, facts }: AnyInferenceError): HttpReply {
  if (code === "unreachable") return reply;
  const { error } = anyObject(readJsonDocument(concatBytes(reply.body as readonly Bytes[])), "the refusal");
  const body = utf8(JSON.stringify({ error, code, facts: pick(facts, refusalFacts[code].names) }));
  if (read(body) === null) return reply;
  return { ...reply, headers: { ...reply.headers, "content-type": mediaType }, body: [body] };
}

/** The error that a backend's refusal tells; null where it tells none in this form. */
export function readRefusal({ headers, body }: Pick<HttpAnswer, "headers" | "body">): InferenceError | null {
  return headers["content-type"] === mediaType ? read(body) : null;
}

function read(body: Bytes): InferenceError | null {
  if (body.length > maxBytes) return null;
  try {
    const { code, facts } = readJson(body, document);
    return errorOf(code, facts);
  } catch (error) {
    if (error instanceof KeyBrokerError) return null;
    throw error;
  }
}

function errorOf<C extends RefusalCode>(code: C, facts: unknown): InferenceError<C> {
  return new InferenceError(code, refusalFacts[code].read(facts, "facts"));
}

function pick(facts: Readonly<Record<string, unknown>>, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.map((name) => [name, facts[name]]));
}
