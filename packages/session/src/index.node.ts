// The door for Node: what needs its TLS stack.

export { type MeshNamed, meshDigest } from "./mesh-digest.node.ts";
export {
  type MeshCredentials,
  type MeshIdentity,
  type MeshIdentityParts,
  meshIdentity,
} from "./mesh-identity.node.ts";
export { type MeshName, meshNameOf } from "./mesh-name.node.ts";
