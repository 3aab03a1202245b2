// Ways in which a service that nobody trusts may misbehave.
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";

export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: number }
  /** `drip`: one byte every so often, for ever. */
  | { readonly kind: "html" | "empty" | "hang" | "reset" | "gzip-bomb" | "drip" }
  | { readonly kind: "redirect"; readonly to: string }
  /** So many bytes, as fast as they are taken. */
  | { readonly kind: "flood"; readonly bytes: number }
  /** The right answer without its headers, or with another body. */
  | { readonly kind: "without-headers" }
  | { readonly kind: "body"; readonly body: Uint8Array | string };

export type Misbehaviour = Exclude<Fault, { readonly kind: "without-headers" | "body" }>;

const piece = new Uint8Array(64 * 1024).fill(0x20);

export function misbehave(response: ServerResponse, fault: Misbehaviour): void {
  switch (fault.kind) {
    case "status":
      if (fault.retryAfter !== undefined) response.setHeader("retry-after", fault.retryAfter);
      response.writeHead(fault.status);
      response.end();
      return;
    case "html":
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<!doctype html><title>Sign in</title>");
      return;
    case "empty":
      response.writeHead(200);
      response.end();
      return;
    case "redirect":
      response.writeHead(302, { location: fault.to });
      response.end();
      return;
    case "hang":
      return;
    case "reset":
      response.destroy();
      return;
    case "gzip-bomb":
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end(gzipSync(new Uint8Array(8 * 1024 * 1024)));
      return;
    case "flood":
      response.writeHead(200);
      flood(response, fault.bytes);
      return;
    case "drip":
      response.writeHead(200);
      drip(response);
  }
}

function flood(response: ServerResponse, bytes: number): void {
  let left = bytes;
  const pour = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= piece.length;
      if (!response.write(piece)) {
        response.once("drain", pour);
        return;
      }
    }
    response.end();
  };
  pour();
}

function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write(" "), 20);
  response.once("close", () => clearInterval(timer));
}
