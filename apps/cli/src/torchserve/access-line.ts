// The original's line for each request: `time - /ip:port "METHOD uri HTTP/1.1" status milliseconds`.
import type { Exchange } from "@sealserve/server";
import { logTime } from "./logs.ts";

export function accessLine({ method, path, query, status, duration, peer }: Exchange, epoch: number): string {
  const { remoteAddress, remotePort } = peer ?? {};
  const host = remoteAddress?.includes(":") ? `[${remoteAddress}]` : remoteAddress;
  const from = host === undefined ? "localhost" : `/${host}:${remotePort}`;
  const uri = query ? `${path}?${query}` : path;
  const version = method === "gRPC" ? "HTTP/2.0" : "HTTP/1.1";
  return `${logTime(epoch)} - ${from} "${method} ${printable(uri)} ${version}" ${status} ${Math.floor(duration)}\n`;
}

/** A request must not write lines of its own into the log. */
function printable(uri: string): string {
  return uri.replace(/["\\\p{Cc}]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
