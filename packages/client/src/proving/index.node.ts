// How a process proves itself to a key broker before it listens anywhere, and becomes a member of the mesh.
export { brokerFetch, type ReachedBroker } from "./broker-fetch.node.ts";
export { type EnterMeshOptions, type EnterMeshParts, enterMesh, type MeshProcess } from "./enter-mesh.node.ts";
export { type MeshFiles, meshFromFiles } from "./mesh-from-files.node.ts";
export type { MeshMembership } from "./mesh-membership.node.ts";
export { type EventOf, mayListen, nextStage, type ProcessStage } from "./process-stages.ts";
export {
  type OpenSession,
  type ProveBySessionOptions,
  type Proven,
  type ProvingParts,
  proveBySession,
} from "./prove-by-session.node.ts";
export type { ProcessStart } from "./prove-process.node.ts";
export { type RealHardwareOptions, realHardware } from "./real-hardware.node.ts";
export { type TrustStartCode, TrustStartError, type TrustStartFacts } from "./start-error.ts";
