// Triton's metrics listener as a protocol.
import { utf8 } from "@sealserve/primitives";
import { type HttpReply, type Protocol, pathPattern } from "@sealserve/protocols";

export interface OpenInferenceMetricsParts {
  /** Prometheus text. */
  metrics(): Promise<string>;
}

const paths = /^\/metrics\/?$/;

/** `GET /metrics`; any other path that is read is empty, any other method is refused (`http_server.cc`, metrics server). */
export function openInferenceMetrics({ metrics }: OpenInferenceMetricsParts): Protocol {
  return {
    name: "openInference.metrics",
    handlers: ["/metrics", "/metrics/"].map((path) => ({
      name: "metrics",
      method: "GET",
      path: pathPattern(path),
      handle: async () => text(200, await metrics()),
    })),
    claims: (path) => paths.test(path),
    unmatched: ({ method }) => text(method === "GET" ? 200 : 405, ""),
    refuse: (error) => text(error.code === "internal" ? 500 : 400, `${error.message}\n`),
  };
}

function text(status: number, content: string): HttpReply {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body: [utf8(content)] };
}
