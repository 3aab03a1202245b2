// Ours by `sealserve serve`, with its models loaded by management calls: for comparing before there is a launcher of TorchServe's command line.
import { join } from "node:path";
import { startServer } from "../e2e/running-server.ts";
import type { ComparedServer, StartOptions } from "./started-server.ts";

/** What `config.properties` says beside the models does not count here. */
export async function startServedInstead({
  command,
  environment,
  folder,
  modelStore,
  properties,
}: StartOptions): Promise<ComparedServer> {
  const [, main = ""] = command;
  const server = await startServer(["--model-store", modelStore, "--set", "modelControl=explicit"], {
    main,
    env: environment,
  });
  const urls = {
    inference: server.url("torchserve", ""),
    management: server.url("management", ""),
    metrics: server.url("torchserveMetrics", ""),
  };
  for (const file of (properties["load_models"] ?? "").split(",")) {
    const answer = await fetch(`${urls.management}/models?url=${file}&initial_workers=1`, { method: "POST" });
    if (!answer.ok) process.stdout.write(`${file} could not be loaded: ${await answer.text()}\n`);
  }
  return {
    urls,
    folder: join(folder, "served"),
    log: () => server.log(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
