// For tests: an open gRPC listener whose inference service does as it is told, and a client of it.
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport, type GrpcTransportOptions } from "@connectrpc/connect-node";
import { toInferenceError } from "@sealserve/inference";
import type { Protocol } from "@sealserve/protocols";
import {
  bidiStreaming,
  type GrpcCall,
  type GrpcMethod,
  type GrpcProtocol,
  Health,
  serverStreaming,
  unary,
} from "@sealserve/protocols/grpc";
import {
  InferenceAPIsService,
  type PredictionResponseSchema,
  type PredictionsRequest,
} from "@sealserve/protocols/torchserve-grpc";
import { type Clock, systemClock } from "@sealserve/serving";
import type { ConnectionAge } from "../grpc/grpc-listener-parts.ts";
import { openGrpcListener } from "../grpc/open-grpc-listener.ts";
import type { ObserveExchange } from "../listener/exchange.ts";
import { defaultListenerLimits, type ListenerLimits, type TlsCredentials } from "../listener/listener-options.ts";
import { type Logger, silentLogger } from "../logger/logger.ts";

type Prediction = MessageInitShape<typeof PredictionResponseSchema>;

export interface FakeGrpc {
  readonly predict?: (request: PredictionsRequest, call: GrpcCall) => Promise<Prediction>;
  readonly stream?: (request: PredictionsRequest, call: GrpcCall) => AsyncIterable<Prediction>;
  readonly ready?: () => boolean;
  readonly admit?: (method: GrpcMethod, call: GrpcCall) => void;
  readonly ending?: () => boolean;
  readonly limits?: Partial<ListenerLimits>;
  readonly tls?: TlsCredentials;
  readonly logger?: Logger;
  readonly observe?: ObserveExchange;
  readonly age?: ConnectionAge;
  readonly random?: () => number;
  readonly clock?: Clock;
  readonly beside?: readonly Protocol[];
}

/** `predict` and `stream` echo the field `echo` unless they are told otherwise; errors end with `unknown` and their code. */
export function fakeGrpcProtocol({ predict, stream, ready = () => true, ...others }: FakeGrpc): GrpcProtocol {
  const echo = ({ input }: PredictionsRequest): Prediction => ({ prediction: input["echo"] ?? new Uint8Array() });
  const { predictions, streamPredictions, streamPredictions2 } = InferenceAPIsService.method;
  return {
    name: "fake.grpc",
    methods: [
      unary("predict", predictions, predict ?? (async (request) => echo(request))),
      serverStreaming(
        "stream",
        streamPredictions,
        stream ??
          async function* (request) {
            yield echo(request);
          },
      ),
      bidiStreaming("sequences", streamPredictions2, async function* (requests) {
        for await (const request of requests) yield echo(request);
      }),
    ],
    ready,
    refuse: (error) => ({ code: "unknown", message: toInferenceError(error).code }),
    ...(others.admit ? { admit: others.admit } : {}),
    ...(others.ending ? { ending: others.ending } : {}),
  };
}

export function openFakeGrpc(fake: FakeGrpc = {}) {
  const {
    limits,
    tls = null,
    logger = silentLogger(),
    observe = () => {},
    age,
    random,
    beside,
    clock = systemClock(),
  } = fake;
  return openGrpcListener(
    {
      ...{ host: "127.0.0.1", port: 0, tls, insecurePlaintext: false, limits: { ...defaultListenerLimits, ...limits } },
      ...(age && { connectionAge: age }),
    },
    {
      ...{ protocols: [fakeGrpcProtocol(fake)], clock, logger, observe },
      ...(random && { random }),
      ...(beside && { beside }),
    },
  );
}

export interface FakeClients {
  readonly inference: Client<typeof InferenceAPIsService>;
  readonly health: Client<typeof Health>;
}

export function clientsOf(baseUrl: string, options: Partial<GrpcTransportOptions> = {}): FakeClients {
  const transport = createGrpcTransport({ baseUrl, ...options });
  return { inference: createClient(InferenceAPIsService, transport), health: createClient(Health, transport) };
}

/** What is iterated, whole. */
export async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
