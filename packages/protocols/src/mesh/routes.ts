// The mesh's own calls beside Open Inference: what a backend says of itself, and what it is told ought to be loaded.
import type { DesiredState } from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import { pathPattern } from "../http/path-pattern.ts";
import type { Route } from "../http/route.ts";
import { readDesiredState, readReport, writeDesiredState, writeReport } from "./documents.ts";
import {
  type FetchAnswer,
  readFetchAnswer,
  readFetchRequest,
  writeFetchAnswer,
  writeFetchRequest,
} from "./fetching.ts";
import { readModelMetrics, writeModelMetrics } from "./model-metrics.ts";

const json = { "content-type": "application/json" };
const none = new Uint8Array(0);

const report = telling("report", "/mesh/v1/report", writeReport, readReport);
const modelMetrics = telling("modelMetrics", "/mesh/v1/model-metrics", writeModelMetrics, readModelMetrics);

/** Answered once the backend has taken the state, before its models have come to it. */
const desiredState: Route<DesiredState, undefined> = {
  name: "desiredState",
  method: "PUT",
  path: pathPattern("/mesh/v1/desired-state"),
  writeRequest: (state) => ({
    method: "PUT",
    path: desiredState.path.text,
    query: "",
    headers: json,
    body: writeDesiredState(state),
  }),
  readRequest: ({ body }) => readDesiredState(body),
  writeReply: () => ({ status: 204, headers: {}, body: [] }),
  readReply: () => undefined,
};

/** Answered once it is whole, or refused: a client of the frontend waits for it. */
const fetchModel: Route<string, FetchAnswer> = {
  name: "fetchModel",
  method: "POST",
  path: pathPattern("/mesh/v1/fetched"),
  writeRequest: (url) => ({
    method: "POST",
    path: fetchModel.path.text,
    query: "",
    headers: json,
    body: writeFetchRequest(url),
  }),
  readRequest: ({ body }) => readFetchRequest(body),
  writeReply: (answer) => ({ status: 200, headers: json, body: [writeFetchAnswer(answer)] }),
  readReply: ({ body }) => readFetchAnswer(body),
};

export const meshRoutes = { report, modelMetrics, desiredState, fetchModel };

/** What a backend says of itself when it is asked, as it is at that moment. */
function telling<Told>(
  name: string,
  at: string,
  write: (told: Told) => Bytes,
  read: (body: Bytes) => Told,
): Route<undefined, Told> {
  const path = pathPattern(at);
  return {
    ...{ name, method: "GET", path },
    writeRequest: () => ({
      method: "GET",
      path: path.text,
      query: "",
      headers: { accept: "application/json" },
      body: none,
    }),
    readRequest: () => undefined,
    writeReply: (told) => ({
      status: 200,
      headers: { ...json, "cache-control": "no-store" },
      body: [write(told)],
    }),
    readReply: ({ body }) => read(body),
  };
}
