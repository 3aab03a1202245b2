// A real Triton from PyPI: where its parts are, put together as it wants them, and a model for its Python backend.
import { execFile } from "node:child_process";
import { cp, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { TemporaryFolder } from "../e2e/temporary-folder.ts";
import { pythonEnvironment } from "./python-environment.ts";

const run = promisify(execFile);

export interface RealTriton {
  readonly python: string;
  readonly program: string;
  readonly backends: string;
  readonly environment: Readonly<Record<string, string>>;
}

const facts = `
import sys, sysconfig, json
print(json.dumps({"site": sysconfig.get_path("purelib"), "version": "%d.%d" % sys.version_info[:2], "lib": sysconfig.get_config_var("LIBDIR")}))
`;

/** In `folder`, which outlives it. */
export async function realTriton(folder: TemporaryFolder): Promise<RealTriton | { readonly missing: string }> {
  const packages = ["nvidia-pytriton==0.7.0", "tritonclient[all]==2.73.0", "numpy<3"];
  const found = await pythonEnvironment("triton", packages);
  if ("missing" in found) return found;
  const { python } = found;
  const { site, version, lib } = JSON.parse((await run(python, ["-c", facts])).stdout);
  const parts = join(site, "pytriton/tritonserver");
  const backends = join(folder.path, "backends");
  await mkdir(backends);
  await cp(join(parts, "backends/python"), join(backends, "python"), { recursive: true });
  const stub = "triton_python_backend_stub";
  await cp(join(parts, "python_backend_stubs", version, stub), join(backends, "python", stub));
  return {
    python,
    program: join(parts, "bin/tritonserver"),
    backends,
    environment: {
      PATH: `${dirname(python)}:/usr/bin:/bin`,
      PYTHONPATH: site,
      LD_LIBRARY_PATH: `${join(site, "nvidia_pytriton.libs")}:${lib}`,
    },
  };
}

/** The folder of a repository with `double`, which doubles what it gets. */
export async function writeDouble(folder: TemporaryFolder): Promise<string> {
  await folder.write(
    "plain/double/config.pbtxt",
    [
      'backend: "python"',
      "max_batch_size: 8",
      'input [{ name: "x", data_type: TYPE_FP32, dims: [-1] }]',
      'output [{ name: "y", data_type: TYPE_FP32, dims: [-1] }]',
    ].join("\n"),
  );
  await folder.write(
    "plain/double/1/model.py",
    [
      "import triton_python_backend_utils as triton",
      "class TritonPythonModel:",
      "    def execute(self, requests):",
      '        inputs = [triton.get_input_tensor_by_name(request, "x").as_numpy() for request in requests]',
      '        return [triton.InferenceResponse(output_tensors=[triton.Tensor("y", x * 2)]) for x in inputs]',
    ].join("\n"),
  );
  return join(folder.path, "plain/double");
}
