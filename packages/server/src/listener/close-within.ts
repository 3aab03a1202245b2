// Closes a server once nothing is in flight on it, and ends what takes too long.
import type { Server } from "node:net";
import type { Clock } from "@sealserve/serving";
import { ListenerError } from "./listener-error.ts";

export interface ClosingTraffic {
  readonly clock: Clock;
  /** Called once no connection is accepted any more. */
  closeIdle(): void;
  /** Requests that wait for their replies. */
  inFlight(): number;
  destroyAll(): void;
}

/** Throws `ListenerError` `drain-limit-exceeded` where it took longer than `limit` milliseconds and connections had to be destroyed. */
export async function closeWithin(
  server: Pick<Server, "close">,
  { listener, limit }: { readonly listener: string; readonly limit: number },
  { clock, closeIdle, inFlight, destroyAll }: ClosingTraffic,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.close(() => resolve());
  closeIdle();
  const timer = clock.setTimer(limit, () => {
    const error = new ListenerError("drain-limit-exceeded", { listener, limit, inFlight: inFlight() });
    destroyAll();
    reject(error);
  });
  try {
    await promise;
  } finally {
    timer.cancel();
  }
}
