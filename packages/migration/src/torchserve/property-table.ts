// Every key of TorchServe's config.properties: what its value is, or why nothing here follows from it.
// Source: TorchServe 0.12, docs/configuration.md and `ConfigManager.java`.

/** `none`: nothing follows from it, for the reason that stands beside it; "": that needs no word, since every snapshot has it. */
export type PropertyKind =
  | "text"
  | "integer"
  /** A whole number above 0. */
  | "count"
  /** Minutes, parts of one too; more than none. */
  | "minutes"
  | "boolean"
  | "address"
  | "expression"
  | "json"
  | { readonly none: string };

const noJava = { none: "there is no Java here" } as const;
const oneEventLoop = {
  none: "connections are served by one event loop, and engines by threads and processes of their own",
} as const;
const noGpu = { none: "which devices a model uses is said by the model" } as const;

export const propertyTable = {
  inference_address: "address",
  management_address: "address",
  metrics_address: "address",
  grpc_inference_address: "text",
  grpc_management_address: "text",
  grpc_inference_port: "integer",
  grpc_management_port: "integer",
  grpc_inference_max_connection_age_ms: "integer",
  grpc_management_max_connection_age_ms: "integer",
  grpc_inference_max_connection_age_grace_ms: "integer",
  grpc_management_max_connection_age_grace_ms: "integer",
  load_models: "text",
  model_store: "text",
  workflow_store: "text",
  models: "json",
  model_snapshot: "json",
  keystore: "text",
  keystore_pass: "text",
  keystore_type: "text",
  private_key_file: "text",
  certificate_file: "text",
  enable_grpc_ssl: "boolean",
  cors_allowed_origin: "text",
  cors_allowed_methods: "text",
  cors_allowed_headers: "text",
  allowed_urls: "text",
  use_env_allowed_urls: "boolean",
  disable_token_authorization: "boolean",
  token_expiration_min: "minutes",
  enable_model_api: "boolean",
  ts_header_key_sequence_id: "text",
  ts_header_key_sequence_start: "text",
  ts_header_key_sequence_end: "text",
  job_queue_size: "integer",
  default_workers_per_model: "integer",
  default_response_timeout: "count",
  default_startup_timeout: "count",
  unregister_model_timeout: { none: "a model goes when its requests have ended" },
  max_request_size: "count",
  max_response_size: "count",
  blacklist_env_vars: "expression",
  install_py_dep_per_model: "boolean",
  metrics_mode: "text",
  metrics_config: "text",
  enable_metrics_api: "boolean",
  model_metrics_auto_detect: "boolean",
  disable_system_metrics: "boolean",
  metric_time_interval: "integer",
  decode_input_request: "boolean",
  limit_max_image_pixels: "boolean",
  default_service_handler: "text",
  service_envelope: "text",
  ts_open_inference_protocol: "boolean",
  enable_envvars_config: "boolean",
  debug: "boolean",
  tsConfigFile: { none: "" },
  version: { none: "" },
  python: { none: "" },
  system_metrics_cmd: { none: "system metrics are read by this process itself" },
  number_of_netty_threads: oneEventLoop,
  netty_client_threads: oneEventLoop,
  prefer_direct_buffer: noJava,
  async_logging: { none: "the log is always written asynchronously" },
  initial_worker_port: { none: "workers listen on sockets in a private folder" },
  initial_distribution_port: { none: "workers listen on sockets in a private folder" },
  number_of_gpu: noGpu,
  ipex_enable: { none: "workers are started without a launcher" },
  ipex_gpu_enable: { none: "workers are started without a launcher" },
  cpu_launcher_enable: { none: "workers are started without a launcher" },
  cpu_launcher_args: { none: "workers are started without a launcher" },
  vmargs: noJava,
  plugins_path: { none: "plug-ins of TorchServe are Java" },
  use_native_io: { none: "sockets of both kinds always work" },
  io_ratio: noJava,
} as const satisfies Readonly<Record<string, PropertyKind>>;

export type PropertyKey = keyof typeof propertyTable;

/** Whose names are not made as all others are. */
const oddVariables: Readonly<Partial<Record<PropertyKey, string>>> = {
  token_expiration_min: "TS_TOKEN_EXPIRATION_TIME_MIN",
};

/** The variable that wins over the file where `enable_envvars_config` says so. */
export function variableOf(key: PropertyKey): string {
  return oddVariables[key] ?? (key.startsWith("ts_") ? key.toUpperCase() : `TS_${key.toUpperCase()}`);
}

export function isPropertyKey(key: string): key is PropertyKey {
  return Object.hasOwn(propertyTable, key);
}
