// The key broker: releases keys to attested processes, and logs every decision.
export { adminToken } from "./administration/admin-token.ts";
export type { Administration } from "./administration/administration.ts";
export { BrokerStartError, type BrokerStartErrorCode, type BrokerStartErrorFacts } from "./broker-start-error.ts";
export { type KeyBrokerConfig, keyBrokerConfig, keyBrokerShape } from "./config.ts";
export { type KeyBroker, type KeyBrokerParts, startKeyBroker } from "./key-broker.ts";
