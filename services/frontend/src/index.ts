// The frontend: ends the clients' connections and speaks the three protocols.
export { type FrontendConfig, frontendConfig, frontendShape } from "./config.ts";
export { type FrontendParts, startFrontend } from "./frontend.ts";
export type { ServedModel } from "./served-model.ts";
