// HTTP messages, routes and protocols, free of any server; the protocols themselves have doors of their own.
export type {
  ClientCertificate,
  HttpAnswer,
  HttpBody,
  HttpHeaders,
  HttpReply,
  HttpRequest,
  TlsChannel,
} from "./http/message.ts";
export { type PathPattern, type PathPatternOptions, pathPattern } from "./http/path-pattern.ts";
export { type Answer, type AnswerContext, bindRoute, type Protocol, type RouteHandler } from "./http/protocol.ts";
export type { Route } from "./http/route.ts";
export { eventLoopPause, type Pause } from "./json/index.ts";
