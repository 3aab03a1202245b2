// Which calls of an upstream's protocol are inference, which are management, and how it tells that it is ready.

export const protocolNames = ["open-inference", "torchserve", "tensorflow-serving", "openai", "any"] as const;
export type ProtocolName = (typeof protocolNames)[number];

/** Methods and a pattern over the whole path, such as `GET /ping`. gRPC calls are POST. */
type Call = readonly [methods: string, path: RegExp];

/** A path, and the statuses by which it says that it is ready. */
export interface ReadyCall {
  readonly path: string;
  readonly statuses: readonly number[];
}

export interface ProtocolPaths {
  /** Null: all of them, management too. */
  readonly calls: { readonly inference: readonly Call[]; readonly management: readonly Call[] } | null;
  /** Null: it is ready once it accepts connections. */
  readonly ready: ReadyCall | null;
}

const model = "/v2/models/[^/]+(?:/versions/[^/]+)?";
const triton = "/inference.GRPCInferenceService";
const torch = "/org.pytorch.serve.grpc";
const health: Call = ["POST", /^\/grpc\.health\.v1\.Health\/(Check|Watch)$/];

const openInference: ProtocolPaths = {
  ready: { path: "/v2/health/ready", statuses: [200] },
  calls: {
    inference: [
      ["GET", /^\/v2\/?$/],
      ["GET", /^\/v2\/health\/(live|ready)$/],
      ["GET", new RegExp(`^${model}(/ready|/config|/stats)?$`)],
      ["GET", /^\/v2\/models\/stats$/],
      ["POST", new RegExp(`^${model}/(infer|infer_stream|generate|generate_stream)$`)],
      ["POST", /^\/v2\/repository\/index$/],
      [
        "POST",
        new RegExp(
          `^${escaped(triton)}/(Server(Live|Ready|Metadata)|Model(Ready|Metadata|Infer|StreamInfer|Config|Statistics)|RepositoryIndex)$`,
        ),
      ],
      health,
    ],
    management: [
      ["POST", /^\/v2\/repository\/models\/[^/]+\/(load|unload)$/],
      // Whoever registers shared memory reads memory of the machine through a model, opened models among it.
      ["GET POST", /^\/v2\/(systemsharedmemory|cudasharedmemory)(\/.*)?$/],
      ["GET POST", /^\/v2\/(trace\/setting|logging)$/],
      ["GET POST", new RegExp(`^${model}/trace/setting$`)],
      ["GET", /^\/metrics$/],
      ["POST", new RegExp(`^${escaped(triton)}/[A-Za-z]+$`)],
      ["POST", /^\/inference\.model_repository\.ModelRepositoryService\/[A-Za-z]+$/],
    ],
  },
};

const torchserve: ProtocolPaths = {
  ready: { path: "/ping", statuses: [200] },
  calls: {
    inference: [
      ["GET", /^\/ping$/],
      ["GET POST PUT", /^\/predictions\/[^/]+(\/[^/]+)?$/],
      ["GET POST", /^\/explanations\/[^/]+(\/[^/]+)?$/],
      ["GET POST PUT", /^\/wfpredict\/[^/]+$/],
      ["OPTIONS", /^\/$/],
      ["GET", /^\/api-description$/],
      ["GET", /^\/v1\/models\/[^/:]+$/],
      ["POST", /^\/v1\/models\/[^/:]+:(predict|explain)$/],
      ["POST", new RegExp(`^${escaped(torch)}\\.inference\\.InferenceAPIsService/[A-Za-z]+$`)],
      health,
    ],
    management: [
      ["GET POST PUT DELETE", /^\/(models|workflows)(\/.*)?$/],
      ["GET", /^\/metrics$/],
      ["POST", new RegExp(`^${escaped(torch)}\\.management\\.ManagementAPIsService/[A-Za-z]+$`)],
    ],
  },
};

const tensorflowServing: ProtocolPaths = {
  ready: null,
  calls: {
    inference: [
      ["GET", /^\/v1\/models\/[^/:]+(\/(versions|labels)\/[^/:]+)?(\/metadata)?$/],
      ["POST", /^\/v1\/models\/[^/:]+(\/(versions|labels)\/[^/:]+)?:(predict|classify|regress)$/],
      ["POST", /^\/tensorflow\.serving\.PredictionService\/[A-Za-z]+$/],
      ["POST", /^\/tensorflow\.serving\.ModelService\/GetModelStatus$/],
      health,
    ],
    management: [
      ["POST", /^\/tensorflow\.serving\.ModelService\/HandleReloadConfigRequest$/],
      ["GET", /^\/monitoring\/.+$/],
    ],
  },
};

const openai: ProtocolPaths = {
  // A server that wants a key of its own from its clients is ready to say so.
  ready: { path: "/v1/models", statuses: [200, 401, 403] },
  calls: {
    inference: [
      ["GET", /^\/v1\/models(\/.+)?$/],
      ["POST", /^\/v1\/(chat\/completions|completions|embeddings|responses|moderations|rerank|score)$/],
      ["POST", /^\/v1\/audio\/(transcriptions|translations|speech)$/],
      ["POST", /^\/v1\/images\/(generations|edits|variations)$/],
      ["POST", /^\/(tokenize|detokenize)$/],
      ["GET", /^\/(health|ping|version)$/],
    ],
    management: [
      ["POST", /^\/v1\/(load|unload)_lora_adapter$/],
      ["GET POST", /^\/(sleep|wake_up|is_sleeping|reset_prefix_cache|start_profile|stop_profile)$/],
      ["GET", /^\/metrics$/],
    ],
  },
};

const table: Readonly<Record<ProtocolName, ProtocolPaths>> = {
  "open-inference": openInference,
  torchserve,
  "tensorflow-serving": tensorflowServing,
  openai,
  any: { calls: null, ready: null },
};

export function protocolPaths(name: ProtocolName): ProtocolPaths {
  return table[name];
}

/** What is not one way of writing a path: another server could read it as another path than ours. */
const ambiguous = /\/\/|\/\.{1,2}(?=\/|$)|\\|%(?:2e|2f|5c|00|25)/i;

export type CallKind = "inference" | "management" | "unknown";

/** `path`: as it was sent, percent-encoded, without the query. */
export function kindOf({ calls }: ProtocolPaths, method: string, path: string): CallKind {
  if (calls === null) return "inference";
  if (ambiguous.test(path)) return "unknown";
  const asked = method === "HEAD" ? "GET" : method;
  const isOne = ([methods, pattern]: Call): boolean => methods.split(" ").includes(asked) && pattern.test(path);
  if (calls.inference.some(isOne)) return "inference";
  return calls.management.some(isOne) ? "management" : "unknown";
}

function escaped(text: string): string {
  return text.replaceAll(".", "\\.");
}
