// What a gRPC listener holds its connections to, beside the limits that it shares with the others.
import type { ListenerLimits } from "../listener/listener-options.ts";

/** Calls that one connection may have open at once; a client's library lets others wait. */
export const concurrentCalls = 256;

/** Bytes that a client may send of one call, and on one connection, before somebody has read them. */
export const callWindow = 1024 * 1024;
export const connectionWindow = 16 * callWindow;

/** Milliseconds between two looks at the connections. */
export const sweepInterval = 5_000;

/** Milliseconds between two questions whether the other end of a connection with open calls is still there, and to wait for the answer. */
export const pingInterval = 60_000;
export const pingTimeout = 20_000;

/** Megabytes of a connection that Node itself may hold: of messages that are on their way, several. */
export function sessionMemory({ maxBodyBytes }: ListenerLimits): number {
  return 64 + 4 * Math.ceil(maxBodyBytes / 1024 ** 2);
}
