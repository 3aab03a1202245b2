// The sidecar: the same trust around a server that is not ours.
export { type SidecarConfig, sidecarConfig } from "./config.ts";
export { type ProtocolName, protocolNames } from "./door/protocol-paths.ts";
export { SidecarError, type SidecarErrorCode, type SidecarErrorFacts } from "./sidecar-error.ts";
export { type SidecarReady, type SidecarStartParts, sidecarStart } from "./start-process.ts";
