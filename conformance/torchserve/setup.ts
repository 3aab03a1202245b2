// The set-ups that are compared, as config.properties of both servers say them.
import { startArchives } from "./archives.ts";
import type { ServerName } from "./row.ts";

export const maxRequestSize = 1_000_000;

const both = {
  default_workers_per_model: "1",
  max_request_size: String(maxRequestSize),
  max_response_size: String(maxRequestSize),
  metrics_mode: "prometheus",
  disable_system_metrics: "true",
};

const enveloped = { ...both, load_models: "sum.mar", disable_token_authorization: "true" };

export const setups: Readonly<Record<ServerName, Readonly<Record<string, string>>>> = {
  open: {
    ...both,
    load_models: startArchives.map(({ file }) => file).join(","),
    disable_token_authorization: "true",
    enable_model_api: "true",
    ts_open_inference_protocol: "true",
  },
  guarded: {
    ...both,
    load_models: "echo.mar",
    cors_allowed_origin: "https://shop.example",
    cors_allowed_methods: "GET, POST, OPTIONS",
    cors_allowed_headers: "Authorization, Content-Type",
  },
  kserve: { ...enveloped, service_envelope: "kserve" },
  kservev2: { ...enveloped, service_envelope: "kservev2" },
};
