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
    const take = (piece: Bytes) => {
      if (collector.add(piece)) return;
      stop();
      reject(tooLarge(limit, null));
    };
    const finish = () => {
      stop();
      resolve(collector.body());
    };
    const leave = () => {
      stop();
      reject(new InferenceError("cancelled", {}));
    };
    // Each message closes, also one that was read: an error made for each would cost as much as the rest of its reading.
    const stop = () => {
      request.off("data", take);
      request.off("end", finish);
      request.off("close", leave);
    };
    request.on("data", take);
    request.on("end", finish);
    request.on("close", leave);
    request.on("error", ignore);
  });
}

/** A message that fails also closes. */
function ignore(): void {}

function tooLarge(limit: number, found: number | null): AnyInferenceError {
  return new InferenceError("too-large", { what: "the request body", limit, found }) as AnyInferenceError;
}
