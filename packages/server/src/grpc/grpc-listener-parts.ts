// What a gRPC listener is told and given.
import type { Protocol, TlsChannel } from "@sealserve/protocols";
import type { GrpcProtocol } from "@sealserve/protocols/grpc";
import type { Clock } from "@sealserve/serving";
import type { ObserveExchange } from "../listener/exchange.ts";
import type { ListenerOptions } from "../listener/open-listener.ts";
import type { Logger } from "../logger/logger.ts";

/** How old connections become, in milliseconds. */
export interface ConnectionAge {
  /** So old, by a tenth more or less, their clients are told to connect anew; null: as old as they like. */
  readonly limit: number | null;
  /** So long after that what they still do is cut off; null: never. */
  readonly grace: number | null;
}

export interface GrpcListenerOptions extends ListenerOptions {
  /** Left out: connections become as old as they like. */
  readonly connectionAge?: ConnectionAge;
}

export interface GrpcListenerParts {
  readonly protocols: readonly GrpcProtocol[];
  /** Answer over HTTP/2 what is no call and theirs by its path; left out: nothing is. */
  readonly beside?: readonly Protocol[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe?: ObserveExchange;
  /** As `ListenerParts.admits`. */
  readonly admits?: (channel: TlsChannel) => boolean;
  /** From 0 to 1; left out: `Math.random`. */
  readonly random?: () => number;
}
