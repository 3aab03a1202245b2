// For tests: one open listener with a fake protocol behind it.
import { systemClock } from "@sealserve/serving";
import type { ObserveExchange } from "../listener/exchange.ts";
import type { TlsCredentials } from "../listener/listener-options.ts";
import { defaultListenerLimits, type ListenerLimits } from "../listener/listener-options.ts";
import { openListener } from "../listener/open-listener.ts";
import { type Logger, silentLogger } from "../logger/logger.ts";
import { fakeProtocol, type Handle } from "./fake-protocol.ts";

export interface FakeOptions {
  readonly limits?: Partial<ListenerLimits>;
  readonly tls?: TlsCredentials;
  readonly logger?: Logger;
  readonly observe?: ObserveExchange;
}

export function openFake(routes: Readonly<Record<string, Handle>>, options: FakeOptions = {}) {
  const { limits, tls = null, logger = silentLogger(), observe = () => {} } = options;
  return openListener(
    { host: "127.0.0.1", port: 0, tls, insecurePlaintext: false, limits: { ...defaultListenerLimits, ...limits } },
    { protocols: [fakeProtocol("fake", routes)], clock: systemClock(), logger, observe },
  );
}
