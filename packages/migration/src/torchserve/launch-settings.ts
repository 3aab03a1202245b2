// What config.properties and the command line of TorchServe mean, in the words of our configuration.
import { type ListenerSettings, listenerSettings } from "./listener-settings.ts";
import type { PropertyWarning, TorchserveProperties } from "./properties.ts";

export interface LaunchOptions {
  /** Absolute. */
  readonly modelStore: string;
  /** Absolute; left out: the model store. */
  readonly workflowStore?: string;
  /** Where the tokens are told; absolute. */
  readonly keyFile: string;
  /** What the command line switches off or on, whatever the file says. */
  readonly disableTokens: boolean;
  readonly enableModelApi: boolean;
  /** Makes a path of the file one that holds everywhere. */
  absolute(path: string): string;
}

export interface LaunchSettings {
  /** By key path. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly warnings: readonly PropertyWarning[];
}

/** TorchServe's own, in seconds and bytes. */
const defaults = { timeout: 120, requestSize: 6_553_500, responseSize: 6_553_500, expiration: 60 } as const;
/** What a call that waits for a model takes beside the start of its workers, in milliseconds. */
const margin = 10_000;

/** Throws `value-refused`. */
export function launchSettings(properties: TorchserveProperties, options: LaunchOptions): LaunchSettings {
  const { absolute } = options;
  const listeners = listenerSettings(properties, absolute);
  const disableTokens = options.disableTokens || properties.disable_token_authorization === true;
  const management = managementSettings(properties, listeners, disableTokens);
  const startup = properties.default_startup_timeout ?? defaults.timeout;
  const settings = {
    ...listeners.settings,
    ...management.settings,
    modelStore: options.modelStore,
    ...(options.workflowStore === undefined ? {} : { workflowStore: options.workflowStore }),
    modelControl: "explicit",
    maxBodySize: properties.max_request_size ?? defaults.requestSize,
    "management.timeout": Math.max(startup, defaults.timeout) * 1000 + margin,
    "protocols.torchserve.modelApi": options.enableModelApi || properties.enable_model_api === true,
    "protocols.torchserve.openInferenceProtocol": properties.ts_open_inference_protocol ?? false,
    "protocols.torchserve.cors": corsOf(properties),
    "protocols.torchserve.systemMetrics": properties.disable_system_metrics !== true,
    "protocols.torchserve.tokens": disableTokens
      ? null
      : {
          keyFile: options.keyFile,
          expiration: Math.ceil((properties.token_expiration_min ?? defaults.expiration) * 60_000),
        },
    ...fetchSettings(properties),
    ...headerSettings(properties),
    ...ageSettings(properties),
    ...pythonSettings(properties, absolute),
    ...(properties.debug ? { "log.level": "debug" } : {}),
  };
  return { settings, warnings: [...listeners.warnings, ...management.warnings] };
}

function managementSettings(
  properties: TorchserveProperties,
  { managedFromOutside }: ListenerSettings,
  disableTokens: boolean,
): LaunchSettings {
  if (!disableTokens) return { settings: { "management.changes": "auto" }, warnings: [] };
  if (!managedFromOutside) {
    // Pages of other origins are let in by those who say so, and kept out of an open management API else.
    const changes = properties.cors_allowed_origin === undefined ? "auto" : "open";
    return { settings: { "management.changes": changes }, warnings: [] };
  }
  const problem = "everybody who reaches the management address can change models: leave tokens on";
  return {
    settings: { "management.changes": "open" },
    warnings: [{ key: "disable_token_authorization", problem }],
  };
}

function corsOf(properties: TorchserveProperties): object | null {
  const { cors_allowed_origin: origin, cors_allowed_methods: methods, cors_allowed_headers: headers } = properties;
  // The original says nothing of methods and headers where it names no origin.
  return origin === undefined ? null : { origin, ...(methods && { methods }), ...(headers && { headers }) };
}

/** In clouds, machines tell their secrets to whoever asks from inside. */
const innermost = "http://169.254.169.254/latest/model.mar";

/**
 * The original allows all where nothing is said; here nothing is fetched then. Addresses of private networks count where the patterns name places, and
 * not where they let everything pass.
 */
function fetchSettings({ allowed_urls }: TorchserveProperties): object {
  const patterns = (allowed_urls ?? "").split(",").flatMap((pattern) => pattern.trim() || []);
  const everywhere = patterns.some((pattern) => matches(pattern, innermost));
  return {
    ...(patterns.length > 0 ? { allowedUrls: patterns } : {}),
    ...(patterns.length > 0 && !everywhere ? { allowPrivateAddresses: true } : {}),
  };
}

/** What is no expression is for the configuration to refuse. */
function matches(pattern: string, url: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, "i").test(url);
  } catch {
    return false;
  }
}

function headerSettings(properties: TorchserveProperties): object {
  return {
    ...given("sequenceHeaders.id", properties.ts_header_key_sequence_id),
    ...given("sequenceHeaders.start", properties.ts_header_key_sequence_start),
    ...given("sequenceHeaders.end", properties.ts_header_key_sequence_end),
  };
}

function pythonSettings(properties: TorchserveProperties, absolute: (path: string) => string): object {
  const { blacklist_env_vars: denied, metrics_config: metrics } = properties;
  return {
    ...given("python.environmentDeny", denied === undefined ? undefined : [denied]),
    ...given("python.installDependencies", properties.install_py_dep_per_model),
    ...given("python.decodeInputRequest", properties.decode_input_request),
    ...given("python.metricsConfig", metrics === undefined ? undefined : absolute(metrics)),
    "python.maxResponseSize": properties.max_response_size ?? defaults.responseSize,
    ...given("python.limitMaxImagePixels", properties.limit_max_image_pixels),
    ...given("python.serviceEnvelope", properties.service_envelope),
    ...given("python.defaultServiceHandler", properties.default_service_handler),
  };
}

function ageSettings(properties: TorchserveProperties): object {
  const of = (kind: "inference" | "management") => ({
    ...given(`protocols.torchserve.grpcConnections.${kind}.maxAge`, properties[`grpc_${kind}_max_connection_age_ms`]),
    ...given(
      `protocols.torchserve.grpcConnections.${kind}.maxAgeGrace`,
      properties[`grpc_${kind}_max_connection_age_grace_ms`],
    ),
  });
  return { ...of("inference"), ...of("management") };
}

function given(key: string, value: unknown): Readonly<Record<string, unknown>> {
  return value === undefined ? {} : { [key]: value };
}
