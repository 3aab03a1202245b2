// gRPC's standard reflection service: the descriptions of a listener's services, for clients that were built without them.
import { createRegistry, type DescFile, type DescService, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import {
  bidiStreaming,
  type GrpcMethod,
  type GrpcProtocol,
  grpcCodes,
  ServerReflection,
  ServerReflectionAlpha,
  type ServerReflectionRequest,
  type ServerReflectionResponseSchema,
} from "@sealserve/protocols/grpc";
import { plainRefusal } from "./health.ts";

type Answered = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"]>;

/** The older version of the service has the same messages under another name; clients ask for either. */
export function reflection(protocols: readonly GrpcProtocol[]): GrpcProtocol {
  const services = servicesOf(protocols.flatMap(({ methods }) => methods));
  const described = describe([...services, ServerReflection, ServerReflectionAlpha]);
  async function* answer(requests: AsyncIterable<ServerReflectionRequest>) {
    for await (const request of requests) {
      const { host, messageRequest } = request;
      yield { validHost: host, originalRequest: request, messageResponse: described(messageRequest) };
    }
  }
  return {
    name: "grpc.reflection",
    methods: [
      bidiStreaming("reflection", ServerReflection.method.serverReflectionInfo, answer),
      bidiStreaming(
        "reflectionAlpha",
        ServerReflectionAlpha.method.serverReflectionInfo,
        (requests) =>
          // Field for field the same; only the name of the type differs.
          answer(requests as unknown as AsyncIterable<ServerReflectionRequest>) as AsyncIterable<never>,
      ),
    ],
    ready: () => true,
    refuse: plainRefusal,
  };
}

function servicesOf(methods: readonly GrpcMethod[]): readonly DescService[] {
  return [...new Set(methods.map(({ descriptor }) => descriptor.parent))];
}

function describe(services: readonly DescService[]): (asked: ServerReflectionRequest["messageRequest"]) => Answered {
  const files = new Map<string, DescFile>();
  const add = (file: DescFile): void => {
    if (files.has(file.proto.name)) return;
    files.set(file.proto.name, file);
    file.dependencies.forEach(add);
  };
  for (const { file } of services) add(file);
  const registry = createRegistry(...files.values());
  return (asked) => {
    switch (asked.case) {
      case "listServices": {
        const service = services.map(({ typeName }) => ({ name: typeName })).sort((a, b) => (a.name < b.name ? -1 : 1));
        return { case: "listServicesResponse", value: { service } };
      }
      case "fileByFilename":
        return fileAnswer(files.get(asked.value), asked.value);
      case "fileContainingSymbol": {
        // A method's or a field's name stands behind that of what it belongs to.
        const owner = asked.value.slice(0, Math.max(0, asked.value.lastIndexOf(".")));
        return fileAnswer((registry.get(asked.value) ?? memberOf(registry.get(owner), asked.value))?.file, asked.value);
      }
      case "allExtensionNumbersOfType":
        if (!registry.getMessage(asked.value)) return notFound(asked.value);
        return { case: "allExtensionNumbersResponse", value: { baseTypeName: asked.value } };
      case "fileContainingExtension":
        return notFound(`extension ${asked.value.extensionNumber} of ${asked.value.containingType}`);
      case undefined:
        return refusal(grpcCodes["invalid-argument"], "nothing was asked");
    }
  };
}

type Described = ReturnType<ReturnType<typeof createRegistry>["get"]>;

function memberOf(owner: Described, symbol: string): Described {
  const member = symbol.slice(symbol.lastIndexOf(".") + 1);
  switch (owner?.kind) {
    case "service":
      return owner.methods.some(({ name }) => name === member) ? owner : undefined;
    case "message":
      return owner.fields.some(({ name }) => name === member) ? owner : undefined;
    default:
      return undefined;
  }
}

/** The file, and all that it needs behind it. */
function fileAnswer(file: DescFile | undefined, asked: string): Answered {
  if (!file) return notFound(asked);
  const all = new Set<DescFile>();
  const add = (each: DescFile): void => {
    all.add(each);
    for (const needed of each.dependencies) if (!all.has(needed)) add(needed);
  };
  add(file);
  const fileDescriptorProto = [...all].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function notFound(asked: string): Answered {
  return refusal(grpcCodes["not-found"], `there is no ${asked}`);
}

function refusal(errorCode: number, errorMessage: string): Answered {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
