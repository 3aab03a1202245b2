// Opens the listener of a process for the machine itself.
import type { Clock } from "@sealserve/serving";
import { type Listeners, openListeners } from "../listener/open-listeners.ts";
import type { Logger } from "../logger/logger.ts";
import { type OperationsParts, operationsProtocol } from "./operations-protocol.ts";

export interface OpenOperationsParts extends OperationsParts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Plaintext by design: what it tells is for the machine and the monitoring beside it. `name` is its own among the URLs. Throws `ListenerError`. */
export function openOperations(
  name: string,
  { host, port }: { readonly host: string; readonly port: number | false },
  { clock, logger, ...parts }: OpenOperationsParts,
): Promise<Listeners> {
  const protocol = operationsProtocol(name, parts);
  return openListeners({ host, tls: null, insecurePlaintext: true }, [{ protocol, port }], { clock, logger });
}
