// What a frontend is told of a version beside its state, for TorchServe's describe call.
export type { ServedModel } from "@sealserve/protocols/mesh";
