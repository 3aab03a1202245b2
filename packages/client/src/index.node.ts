// The client's door for Node, where a TLS connection can be attested before it is used.

export { type AttestedHttp2, attestHttp2 } from "./attested/attest-http2.node.ts";
export {
  type AttestedOptions,
  type AttestedParts,
  type AttestedTransport,
  openAttested,
} from "./attested/attested-transport.node.ts";
export { type AttestedService, connectAttested } from "./attested/connect-attested.node.ts";
export { scoreServer } from "./attested/score-server.node.ts";
export type { MeshPeer } from "./attested/tls-connection.node.ts";
export {
  type MeshExchange,
  type MeshExchangeOptions,
  type MeshExchangeParts,
  openMeshExchange,
} from "./mesh/mesh-exchange.node.ts";
export { createTlsFetch, type TlsFetchOptions, type TlsFetchParts } from "./tls-fetch.node.ts";
