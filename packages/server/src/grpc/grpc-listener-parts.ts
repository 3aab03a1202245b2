// What a gRPC listener is given beside its options.
import type { TlsChannel } from "@sealserve/protocols";
import type { GrpcProtocol } from "@sealserve/protocols/grpc";
import type { Clock } from "@sealserve/serving";
import type { ObserveExchange } from "../listener/exchange.ts";
import type { Logger } from "../logger/logger.ts";

export interface GrpcListenerParts {
  readonly protocols: readonly GrpcProtocol[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe?: ObserveExchange;
  /** As `ListenerParts.admits`. */
  readonly admits?: (channel: TlsChannel) => boolean;
}
