// A real TorchServe for the sidecar to start, and a model archive for it.
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TemporaryFolder } from "../e2e/temporary-folder.ts";
import { freePort } from "../fixtures/free-port.ts";
import { realCommand, writeProperties } from "../fixtures/real-torchserve.ts";
import { type RealToolchain, realToolchain } from "../fixtures/torchserve-toolchain.ts";

const run = promisify(execFile);

export interface RealTorchServe {
  /** It serves what lies in `{models}`, inference and management at one address. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly upstream: string;
  /** `double.mar`. */
  readonly archive: string;
}

/** In `folder`, which outlives it. */
export async function realTorchServe(folder: TemporaryFolder): Promise<RealTorchServe | { readonly missing: string }> {
  const tools = await realToolchain();
  if ("missing" in tools) return tools;
  const { command, environment } = realCommand(tools);
  const upstream = `http://127.0.0.1:${await freePort()}`;
  const { path } = await writeProperties(folder.path, {
    ...{ inference_address: upstream, management_address: upstream },
    // What it lets in, the sidecar decides.
    disable_token_authorization: "true",
    ...{ default_workers_per_model: "1", max_request_size: "30000000" },
  });
  const logs = join(folder.path, "logs");
  await mkdir(logs);
  return {
    upstream,
    archive: await writeArchive(folder, tools),
    command: [
      ...command,
      ...["--start", "--foreground", "--no-config-snapshots", "--ts-config", path],
      ...["--model-store={models}", "--models", "double=double.mar"],
    ],
    environment: { ...environment, LOG_LOCATION: logs, METRICS_LOCATION: logs },
  };
}

/** A handler that doubles lists of numbers, and tells how long other bodies are. */
async function writeArchive(
  folder: TemporaryFolder,
  { python, packages, environment }: RealToolchain,
): Promise<string> {
  const handler = await folder.write(
    "doubler.py",
    [
      "class Doubler:",
      "    def initialize(self, context):",
      "        self.manifest = context.manifest",
      "    def handle(self, data, context):",
      '        bodies = [row.get("body", row.get("data")) for row in data]',
      "        return [[2 * x for x in body] if isinstance(body, list) else str(len(body)) for body in bodies]",
    ].join("\n"),
  );
  const named = ["--model-name", "double", "--version", "1.0"];
  const archiver = [join(packages, "bin/torch-model-archiver"), ...named, "--handler", handler];
  await run(python, [...archiver, "--export-path", folder.path], { env: environment });
  return join(folder.path, "double.mar");
}
