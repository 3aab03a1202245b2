// The client: connect(url), and an inference service answers; a key broker, and what it releases.
export { type ConnectOptions, type ConnectParts, connect, type ServiceOverParts, serviceOver } from "./connect.ts";
export { connectTensorflowServing, type TensorflowServingClient } from "./connect-tensorflow-serving.ts";
export { connectTorchserve, type TorchserveClient } from "./connect-torchserve.ts";
export type { Exchange } from "./exchange.ts";
export {
  type BrokerSession,
  type BrokerSessionOptions,
  type BrokerSessionParts,
  brokerSession,
} from "./key-broker/broker-session.ts";
export { connectKeyBroker } from "./key-broker/connect-key-broker.ts";
export { connectSealed, type SealedService } from "./sealed/connect-sealed.ts";
export { openSealed, type SealedOptions, type SealedParts, type SealedTransport } from "./sealed/sealed-transport.ts";
export type { StreamedAnswer, StreamingExchange } from "./streamed-answer.ts";
export { type OpenStream, type StreamsOverParts, streamsOver } from "./streams-over.ts";
