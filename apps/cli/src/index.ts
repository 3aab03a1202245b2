// The sealserve command, for tests and for programs that start it.
export { runCommand } from "./program.ts";
export { type ServeConfig, serveConfig } from "./serve-config.ts";
