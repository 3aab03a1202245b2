// The methods of protocols as connect's router takes them, by their paths.
import { type ConnectRouter, createConnectRouter, type HandlerContext } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { compressionGzip } from "@connectrpc/connect-node";
import type { GrpcMethod, GrpcProtocol } from "@sealserve/protocols/grpc";
import type { Logger } from "../logger/logger.ts";
import { callOf } from "./call-state.ts";
import { refusalOf } from "./refusals.ts";

export interface BoundMethod {
  readonly protocol: GrpcProtocol;
  readonly method: GrpcMethod;
  readonly handle: UniversalHandler;
}

/** Messages that clients have compressed are read, up to `maxBodyBytes` of what they hold; answers are not compressed: tensors shrink little for what it costs. */
export function bindMethods(
  protocols: readonly GrpcProtocol[],
  { maxBodyBytes }: { readonly maxBodyBytes: number },
  { logger }: { readonly logger: Logger },
): ReadonlyMap<string, BoundMethod> {
  const router = createConnectRouter({
    ...{ grpc: true, grpcWeb: false, connect: false },
    readMaxBytes: maxBodyBytes,
    acceptCompression: [compressionGzip],
    compressMinBytes: Number.MAX_SAFE_INTEGER,
  });
  const rows = protocols.flatMap((protocol) => protocol.methods.map((method) => ({ protocol, method })));
  for (const row of rows) bind(router, row, logger);
  return new Map(
    rows.flatMap((row, index) => {
      const handle = router.handlers[index];
      return handle ? [[handle.requestPath, { ...row, handle }] as const] : [];
    }),
  );
}

type Row = Omit<BoundMethod, "handle">;

function bind(router: ConnectRouter, row: Row, logger: Logger): void {
  const { protocol, method } = row;
  const refuse = (thrown: unknown, context: HandlerContext) => refusalOf(thrown, row, context, logger);
  async function* stream<T>(answers: () => AsyncIterable<T>, context: HandlerContext): AsyncGenerator<T> {
    try {
      yield* answers();
    } catch (error) {
      throw refuse(error, context);
    }
  }
  const options = {
    requestGate(context: HandlerContext) {
      try {
        protocol.admit?.(method, callOf(context, refuse));
      } catch (error) {
        throw refuse(error, context);
      }
    },
  };
  switch (method.kind) {
    case "unary":
      router.rpc(
        method.descriptor,
        async (request, context) => {
          try {
            return await method.answer(request, callOf(context, refuse));
          } catch (error) {
            throw refuse(error, context);
          }
        },
        options,
      );
      return;
    case "server_streaming":
      router.rpc(
        method.descriptor,
        (request, context) => stream(() => method.answer(request, callOf(context, refuse)), context),
        options,
      );
      return;
    case "bidi_streaming":
      router.rpc(
        method.descriptor,
        (requests, context) => stream(() => method.answer(requests, callOf(context, refuse)), context),
        options,
      );
  }
}
