// What `helm install` would do in a cluster that has some objects: it looks them up, renders, and changes nothing.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endOf } from "../../fixtures/spawned-command.ts";
import { chart, type HelmEnd, helmPath, type Rendering, renderingArgs } from "../helm.ts";
import type { KubernetesObject } from "../kubernetes-object.ts";
import { apiServer } from "./api-server.ts";

/** `kinds`: objects of every kind that helm will ask about, as the chart renders them; `there`: those that exist. */
export async function installing(
  rendering: Rendering,
  kinds: readonly KubernetesObject[],
  there: readonly KubernetesObject[] = [],
): Promise<HelmEnd> {
  const folder = mkdtempSync(join(tmpdir(), "sealserve-installing-"));
  await using api = await apiServer(kinds, there);
  const config = join(folder, "kubeconfig");
  const context = { cluster: "c", user: "u" };
  writeFileSync(
    config,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "x",
      clusters: [{ name: "c", cluster: { server: api.url } }],
      users: [{ name: "u", user: {} }],
      contexts: [{ name: "x", context }],
    }),
  );
  const flags = ["--dry-run=server", "--disable-openapi-validation", "--namespace", "ml", "--kubeconfig", config];
  const child = spawn(helmPath(), ["install", "sealserve", chart, ...flags, ...renderingArgs(rendering)], {
    env: { ...process.env, HOME: folder },
  });
  try {
    return await endOf(child);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
