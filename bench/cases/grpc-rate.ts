// What gRPC costs beside HTTP: the same predictions of TorchServe's API over both.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { InferenceAPIsService } from "@sealserve/protocols/torchserve-grpc";
import { runGrpcLoad } from "../grpc-client.ts";
import { type Load, post, runLoad } from "../raw-client.ts";
import type { BenchResult } from "../result.ts";
import { median, quartiles, ratios } from "../spread.ts";
import { startSealserve } from "../started-process.ts";
import { writeIdentity } from "./identity-rate.ts";

const rounds = 15;
const atOnce = 16;

/** `identity` FP32[1,16] as JSON: calls per second, 16 at once on one connection, as a share of HTTP's on 16. */
export async function grpcRate(): Promise<readonly BenchResult[]> {
  const store = await mkdtemp(join(tmpdir(), "sealserve-bench-"));
  try {
    await writeIdentity(store);
    await using served = await startSealserve(store);
    const portOf = (name: string): number => Number(new URL(Object(served.line["listeners"])[name]).port);
    const data = Buffer.from(JSON.stringify([Array.from({ length: 16 }, (_, i) => Math.fround(i / 7))]));
    const { input } = InferenceAPIsService.method.predictions;
    const message = toBinary(input, create(input, { modelName: "identity", input: { data } }));
    const request = post("/predictions/identity", { "content-type": "application/json" }, data);
    const path = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/Predictions";
    const [grpcPort, httpPort] = [portOf("torchserve.grpcInference"), portOf("torchserve.inference")];
    const host = "127.0.0.1";
    const overGrpc = (until: Load["until"]) =>
      runGrpcLoad({ host, port: grpcPort, path, message, calls: atOnce, until });
    const overHttp = (until: Load["until"]) => runLoad({ host, port: httpPort, request, connections: atOnce, until });
    for (const ask of [overGrpc, overHttp]) await ask({ seconds: 3 });
    const [grpc, http]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      grpc.push((await overGrpc({ seconds: 1 })).perSecond);
      http.push((await overHttp({ seconds: 1 })).perSecond);
    }
    const shares = ratios(grpc, http);
    return [
      {
        name: "grpc-rate",
        what: "`identity` as JSON through TorchServe's API over gRPC, against HTTP",
        value: median(shares),
        unit: "of its requests/s",
        asked: { kind: "at least", bound: 0.3 },
        figures: { ...quartiles(shares), "gRPC calls/s": median(grpc), "HTTP req/s": median(http) },
      },
    ];
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}
