// What every process needs: configuration, a log, listeners that route to protocols, and a life that ends in good order.
export { configDigest } from "./config/config-digest.ts";
export { ConfigError, type ConfigFault, type Origin } from "./config/config-error.ts";
export { type IdentitySetting, identitySetting, needsEvidence } from "./config/identity-setting.ts";
export { isGuardedBroker, keyBrokerSetting, reachedBroker, unguardedBroker } from "./config/key-broker-setting.ts";
export { type ConfigSources, loadConfig } from "./config/load-config.ts";
export { printConfig } from "./config/print-config.ts";
export { logSetting, type MeshSetting, meshSetting, operationsSetting } from "./config/process-settings.ts";
export { Secret } from "./config/secret.ts";
export { sequenceHeadersSetting } from "./config/sequence-headers-setting.ts";
export {
  addressSetting,
  byteSize,
  clientRootsSetting,
  duration,
  logLevelSetting,
  portSetting,
  rootsSetting,
  secretFile,
  tlsSetting,
} from "./config/settings.ts";
export { closing, Draining } from "./lifecycle/draining.ts";
export {
  aborted,
  type ProcessStartOptions,
  type ProcessStartParts,
  processStart,
  type Starting,
} from "./lifecycle/process-start.ts";
export { type RunParts, run, type Start, type Started, StopLimitError } from "./lifecycle/run.ts";
export type { AnswerInside, KnownReply } from "./listener/answer-inside.ts";
export { type BearerToken, openBearerToken } from "./listener/bearer-token.ts";
export { isInForce } from "./listener/certificate-in-force.ts";
export type { Exchange, ObserveExchange, Peer } from "./listener/exchange.ts";
export { isSameSpot, type ListenAddress, type Spot, spotOf, type TcpAddress } from "./listener/listen-address.ts";
export { ListenerError, type ListenerErrorCode, type ListenerErrorFacts } from "./listener/listener-error.ts";
export {
  type ClientRoots,
  defaultListenerLimits,
  type ListenerLimits,
  type ListenersOptions,
  type TlsCredentials,
  type TlsOptions,
} from "./listener/listener-options.ts";
export { isLoopback } from "./listener/loopback.ts";
export {
  type GrpcBinding,
  type HttpBinding,
  type Listeners,
  type ListenersParts,
  openListeners,
  type PortBinding,
} from "./listener/open-listeners.ts";
export { answerPlaintext } from "./listener/plaintext-on-tls.ts";
export { endWith, refuseMalformed } from "./listener/refuse-malformed.ts";
export { type SelfSignedOptions, selfSigned } from "./listener/self-signed.ts";
export { tlsChannelOf } from "./listener/tls-channel.ts";
export { secureSettings } from "./listener/tls-credentials.ts";
export { certificateEnd, openTlsSource, type TlsSource } from "./listener/tls-source.ts";
export { createLogger, type LoggerOptions, type LoggerParts } from "./logger/create-logger.ts";
export { type LogFacts, type Logger, type LogLevel, logLevels, silentLogger } from "./logger/logger.ts";
export {
  type DeclaredMetric,
  isDeclared,
  type ModelMetric,
  ModelMetrics,
  type ModelMetricsOptions,
} from "./model-metrics/model-metrics.ts";
export { modelMetricText } from "./model-metrics/model-metrics-text.ts";
export { certificateMetric } from "./operations/certificate-metric.ts";
export { exposition, type Metric, type Sample } from "./operations/exposition.ts";
export { type OpenOperationsParts, openOperations } from "./operations/open-operations.ts";
export { type OperationsParts, operationsProtocol } from "./operations/operations-protocol.ts";
