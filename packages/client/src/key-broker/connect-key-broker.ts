// A key broker on the other side of a wire: ours, or any that speaks the confidential-containers protocol.
import { InferenceError } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import type { Route } from "@sealserve/protocols";
import {
  KeyBrokerError,
  type KeyBrokerService,
  kbsRoutes,
  readProblem,
  releaseRoutes,
} from "@sealserve/protocols/key-broker";
import { HttpExchange } from "../http-exchange.ts";

/** What is released has at most 1 MiB, in base64. */
const maxAnswerBytes = 4 * 1024 * 1024;

/** Nothing is sent until it is asked. Its methods throw `KeyBrokerError`, `unavailable` where nobody answers, or the reason of the signal. */
export function connectKeyBroker(url: URL, parts: { readonly fetch: typeof fetch }): KeyBrokerService {
  const exchange = new HttpExchange({ url, maxAnswerBytes }, parts);

  async function call<A, R>(route: Route<A, R>, args: A, signal: AbortSignal): Promise<R> {
    try {
      const answer = await exchange.send(route.writeRequest(args), signal);
      if (answer.status !== 200) throw readProblem(answer);
      return await route.readReply(answer);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof InferenceError)) throw error;
      throw new KeyBrokerError("unavailable", { reason: reasonOf(error) }, error);
    }
  }

  return {
    auth: (args, signal) => call(kbsRoutes.auth, args, signal),
    attest: (args, signal) => call(kbsRoutes.attest, args, signal),
    resource: (args, signal) => call(kbsRoutes.resource, args, signal),
    unwrap: (args, signal) => call(releaseRoutes.unwrap, args, signal),
    certificate: (args, signal) => call(releaseRoutes.certificate, args, signal),
  };
}
