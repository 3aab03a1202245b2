// Whole HTTP messages inside sealed bodies: for browsers, and for whoever reaches a server through a proxy that ends TLS.
export { readBinaryReply, readBinaryRequest, writeBinaryReply, writeBinaryRequest } from "./binary-message.ts";
export { type OpenedRequest, type SealedHttpParts, sealedHttp } from "./protocol.ts";
export {
  meshHeader,
  modelSetHeader,
  type SealedHttpProblem,
  sealedHttpPath,
  sealedReplyType,
  sealedRequestType,
} from "./routes.ts";
