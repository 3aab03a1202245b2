// The frontend: ends the clients' connections and speaks the three protocols.
export { type FrontendConfig, frontendConfig, frontendShape } from "./config.ts";
