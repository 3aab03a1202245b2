// TensorFlow Serving's REST API on the other side of a wire.
import { eventLoopPause, type Route } from "@sealserve/protocols";
import {
  type ModelMetadataDocument,
  type ModelReference,
  type ModelVersionStatus,
  type PredictArguments,
  type PredictResult,
  tensorflowServingRoutes,
} from "@sealserve/protocols/tensorflow-serving";
import { type ConnectOptions, type ConnectParts, openExchange } from "./connect.ts";
import { refusedAnswer } from "./refused-answer.ts";

/** Every method throws `InferenceError`, and over an attested connection what that throws. */
export interface TensorflowServingClient {
  predict(args: PredictArguments, signal?: AbortSignal): Promise<PredictResult>;
  /** States of the versions; empty where there is no such model. */
  status(model: ModelReference, signal?: AbortSignal): Promise<readonly ModelVersionStatus[]>;
  metadata(model: ModelReference, signal?: AbortSignal): Promise<ModelMetadataDocument>;
}

/** As `connect`, for the listener of TensorFlow Serving's REST API. */
export function connectTensorflowServing(
  url: string,
  options: ConnectOptions = {},
  parts: ConnectParts = {},
): TensorflowServingClient {
  const exchange = openExchange(url, options, parts);
  const routes = tensorflowServingRoutes({ pause: eventLoopPause() });

  async function call<A, R>(route: Route<A, R>, args: A, model: ModelReference, signal?: AbortSignal): Promise<R> {
    const answer = await exchange.send(route.writeRequest(args), signal);
    const missing = answer.status === 404 && route.name === routes.status.name;
    if (answer.status !== 200 && !missing) throw refusedAnswer(answer, model.name);
    return route.readReply(answer);
  }

  return {
    predict: (args, signal) => call(routes.predict, args, args.model, signal),
    status: (model, signal) => call(routes.status, model, model, signal),
    metadata: (model, signal) => call(routes.metadata, model, model, signal),
  };
}
