// The client: connect(url), and an inference service answers.
export { type ConnectOptions, type ConnectParts, connect } from "./connect.ts";
