// Reads the body of a request whole, within a limit.
import type { IncomingMessage } from "node:http";
import { type AnyInferenceError, InferenceError } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { BodyCollector } from "./body-collector.ts";

const empty = new Uint8Array(0);

/** Throws `too-large`, for an announced length before anything is read, and `cancelled` where the client left. */
export function readBody(request: IncomingMessage, limit: number): Bytes | Promise<Bytes> {
  const announced = request.headers["content-length"];
  if (announced === undefined && request.headers["transfer-encoding"] === undefined) return empty;
  const expected = announced === undefined ? null : Number(announced);
  if (expected !== null && expected > limit) throw tooLarge(limit, expected);
  return new Promise((resolve, reject) => {
    const collector = new BodyCollector(limit, expected);
    const leave = () => reject(new InferenceError("cancelled", {}));
    const take = (piece: Bytes) => {
      if (collector.add(piece)) return;
      request.off("data", take);
      reject(tooLarge(limit, null));
    };
    request.on("data", take);
    request.once("end", () => resolve(collector.body()));
    request.once("close", leave);
    request.once("error", leave);
  });
}

function tooLarge(limit: number, found: number | null): AnyInferenceError {
  return new InferenceError("too-large", { what: "the request body", limit, found }) as AnyInferenceError;
}
