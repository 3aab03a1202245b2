// The link to a backend over the mesh: Open Inference for requests, the mesh's own calls for reports and desired state.

import { type Exchange, serviceOver, streamsOver } from "@sealserve/client";
import { type MeshExchangeOptions, type MeshExchangeParts, openMeshExchange } from "@sealserve/client/node";
import { type DesiredState, FetchError, InferenceError } from "@sealserve/inference";
import type { Route } from "@sealserve/protocols";
import { meshRoutes, readRefusal, withRoot } from "@sealserve/protocols/mesh";
import type { OpenLink } from "./backend-link.ts";
import { plainReport } from "./plain-report.ts";

export type MeshLinkOptions = Omit<MeshExchangeOptions, "url">;

/** Far more than a backend with ten thousand models has to say. */
const maxReportBytes = 64 * 1024 * 1024;

/**
 * A server without the mesh's own calls is taken as one that speaks Open Inference only: it is asked for its index, and takes no desired state.
 * Opening throws `SessionError` `url-refused` where the URL is not a plain origin of the right scheme.
 */
export function meshLinks(options: MeshLinkOptions, parts: MeshExchangeParts): OpenLink {
  return (url) => {
    const exchange = openMeshExchange({ ...options, url }, parts);
    // However many requests there are, they keep no report waiting; how long a report may take is for its caller to say.
    const watching = openMeshExchange(
      { ...options, url, maxConnections: 1, connectTimeout: 60_000, maxAnswerBytes: maxReportBytes },
      parts,
    );
    const measuring = openMeshExchange({ ...options, url, maxConnections: 1, maxAnswerBytes: maxReportBytes }, parts);
    const instance = crypto.randomUUID();
    let knowsMesh = true;
    const streams = streamsOver(exchange, { readRefusal, readAnswer: withRoot });
    return {
      url,
      service: serviceOver(exchange, {
        ...{ readRefusal, readAnswer: withRoot },
        openStream: async (request, signal) => (knowsMesh ? streams(request, signal) : null),
      }),
      async report(signal) {
        const report = await told(watching, meshRoutes.report, undefined, signal);
        knowsMesh = report !== null;
        return report ?? plainReport(watching, instance, signal);
      },
      modelMetrics: (signal) => told(measuring, meshRoutes.modelMetrics, undefined, signal),
      async fetch(wanted, signal) {
        const answer = await told(exchange, meshRoutes.fetchModel, wanted, signal);
        return answer ?? { refused: new FetchError("url-not-allowed", { url: wanted }) };
      },
      async apply(state, signal) {
        if (knowsMesh) await giveState(watching, state, signal);
      },
      async [Symbol.asyncDispose]() {
        await Promise.all([exchange, watching, measuring].map((each) => each[Symbol.asyncDispose]()));
      },
    };
  };
}

/** Null: the server has no such call. */
async function told<A, T>(exchange: Exchange, route: Route<A, T>, args: A, signal: AbortSignal): Promise<T | null> {
  const answer = await exchange.send(route.writeRequest(args), signal);
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw strange(exchange, answer.status);
  return route.readReply(answer);
}

async function giveState(exchange: Exchange, state: DesiredState, signal: AbortSignal): Promise<void> {
  const { status } = await exchange.send(meshRoutes.desiredState.writeRequest(state), signal);
  if (status < 200 || status > 299) throw strange(exchange, status);
}

function strange({ origin: where }: Exchange, status: number): InferenceError {
  return new InferenceError("unreachable", { where, reason: `answers with status ${status}`, started: true });
}
