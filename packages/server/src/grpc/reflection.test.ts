// Reflection: what a client without descriptions learns of a listener's services.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ServerReflection, ServerReflectionAlpha } from "@sealserve/protocols/grpc";
import { all, openFakeGrpc } from "../testing/fake-grpc.ts";

const inference = "org.pytorch.serve.grpc.inference";
type Question = { case: string; value: unknown };

for (const service of [ServerReflection, ServerReflectionAlpha]) {
  test(`${service.typeName} lists services and gives their files with all that they need`, async () => {
    await using listener = await openFakeGrpc();
    const client = createClient(service, createGrpcTransport({ baseUrl: listener.url }));
    const ask = async (messageRequest: Question) => {
      const requests = (async function* () {
        yield { messageRequest } as never;
      })();
      const [answer] = await all(client.serverReflectionInfo(requests));
      assert.ok(answer);
      return answer.messageResponse;
    };
    const list = await ask({ case: "listServices", value: "" });
    assert.ok(list.case === "listServicesResponse");
    assert.deepEqual(
      list.value.service.map(({ name }) => name),
      [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        `${inference}.InferenceAPIsService`,
      ],
    );
    for (const symbol of ["InferenceAPIsService", "InferenceAPIsService.Ping", "PredictionsRequest.model_name"]) {
      const found = await ask({ case: "fileContainingSymbol", value: `${inference}.${symbol}` });
      assert.ok(found.case === "fileDescriptorResponse", symbol);
      const files = found.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
      assert.equal(files[0], "torchserve/inference.proto");
      assert.deepEqual(files.slice(1).sort(), [
        "google/protobuf/any.proto",
        "google/protobuf/empty.proto",
        "google/rpc/status.proto",
      ]);
    }
    for (const value of [`${inference}.None`, "", "InferenceAPIsService"]) {
      const missing = await ask({ case: "fileContainingSymbol", value });
      assert.ok(missing.case === "errorResponse" && missing.value.errorCode === 5, value);
    }
    assert.equal(
      (await ask({ case: "fileByFilename", value: "google/rpc/status.proto" })).case,
      "fileDescriptorResponse",
    );
    const none = await ask({ case: "allExtensionNumbersOfType", value: `${inference}.PredictionsRequest` });
    assert.equal(none.case, "allExtensionNumbersResponse");
  });
}
