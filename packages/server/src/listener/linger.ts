// Lets a client that was refused in the middle of sending read the refusal before its connection goes.
import type { IncomingMessage } from "node:http";
import type { Clock } from "@sealserve/serving";

/**
 * Throws away what the client still sends, until it has sent all, has left, or `limit` milliseconds have passed. Closing at once
 * with bytes unread would make the kernel reset the connection, and the refusal would be lost with it.
 */
export function linger(message: IncomingMessage, limit: number, clock: Clock): Promise<void> {
  if (message.complete || message.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = clock.setTimer(limit, resolve);
    const done = () => {
      timer.cancel();
      resolve();
    };
    message.once("end", done);
    message.once("close", done);
    message.resume();
  });
}
