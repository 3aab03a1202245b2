// TorchServe's inference API on the other side of a wire: health and predictions as handlers see them.
import type { HttpAnswer, Route } from "@sealserve/protocols";
import {
  type Ping,
  type PredictArguments,
  type PredictResult,
  torchserveInferenceRoutes,
} from "@sealserve/protocols/torchserve";
import { type ConnectOptions, type ConnectParts, openExchange } from "./connect.ts";
import { refusedAnswer } from "./refused-answer.ts";

/** Every method throws `InferenceError`, and over an attested connection what that throws. */
export interface TorchserveClient {
  ping(signal?: AbortSignal): Promise<Ping>;
  /** What the handler answered, with a status below 400; a refusal is thrown. */
  predict(args: PredictArguments, signal?: AbortSignal): Promise<PredictResult>;
}

/** As `connect`, for the listener of TorchServe's inference API. */
export function connectTorchserve(
  url: string,
  options: ConnectOptions = {},
  parts: ConnectParts = {},
): TorchserveClient {
  const exchange = openExchange(url, options, parts);
  const { ping, predict } = torchserveInferenceRoutes;
  const send = <A>(route: Route<A, unknown>, args: A, signal?: AbortSignal): Promise<HttpAnswer> =>
    exchange.send(route.writeRequest(args), signal);
  return {
    ping: async (signal) => ping.readReply(await send(ping, {}, signal)),
    async predict(args, signal) {
      const answer = await send(predict, args, signal);
      if (answer.status >= 400) throw refusedAnswer(answer, args.model.name);
      return predict.readReply(answer);
    },
  };
}
