// What a frontend is told of a loaded version beside its state, for TorchServe's describe call.
export type { ServedModel } from "@sealserve/protocols/mesh";
