// The mesh's call for streams: Open Inference's request, answered by any number of its replies.
import {
  type AnyInferenceError,
  InferenceError,
  type InferenceRequest,
  type InferenceResponse,
  type InferenceService,
  toInferenceError,
} from "@sealserve/inference";
import type { Bytes } from "@sealserve/primitives";
import type { HttpAnswer, HttpHeaders, HttpReply, HttpRequest } from "../http/message.ts";
import { pathPattern } from "../http/path-pattern.ts";
import type { RouteHandler } from "../http/protocol.ts";
import type { Pause } from "../json/index.ts";
import { binaryArguments, openInferenceRoutes } from "../open-inference/index.ts";
import { type AnswerFrame, endFrame, writeFrame } from "./answer-frames.ts";

const path = pathPattern("/mesh/v1/stream/{model}[/{version}]", { limits: { model: "[^/]+", version: "[^/]+" } });

export interface StreamHandlerParts {
  readonly service: Pick<InferenceService, "inferStream">;
  /** The refusal of an error that comes after the first answer. */
  refuse(error: AnyInferenceError): HttpReply;
  /** Headers of each answer. */
  tellAnswer(response: InferenceResponse): HttpHeaders;
  readonly pause: Pause;
}

/** The server's half. An error before the first answer is thrown, and so refused as that of any other call. */
export function streamHandler({ service, refuse, tellAnswer, pause }: StreamHandlerParts): RouteHandler {
  const { infer } = openInferenceRoutes({ inputForm: "binary" }, { pause });
  return {
    name: "stream",
    method: "POST",
    path,
    async handle(request, captured, signal) {
      const args = await infer.readRequest(request, captured);
      if (args.kind === "raw") throw new InferenceError("unsupported", { what: "a stream of a raw request" });
      const answers = service.inferStream(args.request, signal)[Symbol.asyncIterator]();
      const first = await answers.next();
      const frame = async (response: InferenceResponse): Promise<Bytes> => {
        const reply = await infer.writeReply(response, args);
        return writeFrame("answer", { ...reply, headers: { ...reply.headers, ...tellAnswer(response) } });
      };
      async function* frames(): AsyncGenerator<Bytes> {
        try {
          for (let next = first; !next.done; next = await answers.next()) yield await frame(next.value);
          yield endFrame;
        } catch (thrown) {
          yield writeFrame("refusal", refuse(toInferenceError(thrown)));
        } finally {
          await answers.return?.();
        }
      }
      return { status: 200, headers: { "content-type": "application/vnd.sealserve.answers" }, body: frames() };
    },
  };
}

/** The client's half. */
export interface StreamRoute {
  writeRequest(request: InferenceRequest): HttpRequest;
  readAnswer(frame: AnswerFrame): Promise<InferenceResponse>;
}

export function streamRoute({ pause }: { readonly pause: Pause }): StreamRoute {
  const { infer } = openInferenceRoutes({ inputForm: "binary" }, { pause });
  return {
    writeRequest(request) {
      const { name, version } = request.model;
      return { ...infer.writeRequest(binaryArguments(request)), path: path.fill({ model: name, version }) };
    },
    readAnswer: async ({ headers, body }) => infer.readReply({ status: 200, headers, body } satisfies HttpAnswer),
  };
}
