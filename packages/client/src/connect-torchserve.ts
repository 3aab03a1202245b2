// TorchServe's inference API on the other side of a wire: health, predictions, explanations and workflows as handlers see them.
import type { Bytes } from "@sealserve/primitives";
import type { HttpAnswer, Route } from "@sealserve/protocols";
import {
  type Ping,
  type PredictArguments,
  type PredictResult,
  type PredictStream,
  torchserveInferenceRoutes,
  torchserveWorkflowRoutes,
  type WorkflowPredictArguments,
} from "@sealserve/protocols/torchserve";
import { type ConnectOptions, type ConnectParts, openExchange } from "./connect.ts";
import { readRefused } from "./read-refused.ts";
import { refusedAnswer } from "./refused-answer.ts";

/** Every method throws `InferenceError`, and over an attested connection what that throws. */
export interface TorchserveClient {
  ping(signal?: AbortSignal): Promise<Ping>;
  /** What the handler answered, with a status below 400; a refusal is thrown. Of an answer in parts: all of them together. */
  predict(args: PredictArguments, signal?: AbortSignal): Promise<PredictResult>;
  /**
   * As `predict`, with the bytes of the answer as they come, of any length; where one part ends only its handler can say. Reading throws
   * `unreachable` where the answer breaks off. Whoever stops reading gives the request up; who never begins must abort it.
   */
  predictStream(args: PredictArguments, signal?: AbortSignal): Promise<PredictStream>;
  /** As `predict`, of a handler that explains its predictions. */
  explain(args: PredictArguments, signal?: AbortSignal): Promise<PredictResult>;
  /** What the only leaf of the workflow answered, or a JSON object with the answer of each; a refusal is thrown. */
  predictWorkflow(args: WorkflowPredictArguments, signal?: AbortSignal): Promise<Bytes>;
}

/** As `connect`, for the listener of TorchServe's inference API. */
export function connectTorchserve(
  url: string,
  options: ConnectOptions = {},
  parts: ConnectParts = {},
): TorchserveClient {
  const exchange = openExchange(url, options, parts);
  const { ping, predict, explain } = torchserveInferenceRoutes;
  const { predictWorkflow } = torchserveWorkflowRoutes;
  const send = <A>(route: Route<A, unknown>, args: A, signal?: AbortSignal): Promise<HttpAnswer> =>
    exchange.send(route.writeRequest(args), signal);
  const answered = async <A>(route: Route<A, unknown>, args: A, asked: string, signal?: AbortSignal) => {
    const answer = await send(route, args, signal);
    if (answer.status >= 400) throw refusedAnswer(answer, asked);
    return answer;
  };
  return {
    ping: async (signal) => ping.readReply(await send(ping, {}, signal)),
    predict: async (args, signal) => predict.readReply(await answered(predict, args, args.model.name, signal)),
    async predictStream(args, signal) {
      const answer = await exchange.stream(predict.writeRequest(args), signal);
      if (answer.status >= 400) throw refusedAnswer(await readRefused(answer), args.model.name);
      const { status, headers, body } = answer;
      return { status, headers, parts: body };
    },
    explain: async (args, signal) => explain.readReply(await answered(explain, args, args.model.name, signal)),
    predictWorkflow: async (args, signal) =>
      predictWorkflow.readReply(await answered(predictWorkflow, args, args.name, signal)),
  };
}
