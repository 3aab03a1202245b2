// The door to attesters: these need Node and hardware, unlike the verifier.
export type { Attester } from "./attester.ts";
