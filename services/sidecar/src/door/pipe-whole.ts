// Passes on what a client sends, and its end only where it is the end: a body that was broken off must not arrive as a whole one.
import type { ServerHttp2Stream } from "node:http2";
import type { Writable } from "node:stream";

/**
 * Node's HTTP/2 streams emit `end` when they are reset, before they tell so. Both happen while one frame is read; what is whole is known
 * once that is done.
 */
export function pipeWhole(from: ServerHttp2Stream, to: Writable): void {
  from.pipe(to, { end: false });
  from.once("end", () => {
    setImmediate(() => {
      if (!from.aborted && !from.destroyed && !to.destroyed) to.end();
    });
  });
}
