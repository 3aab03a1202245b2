// Renders the chart with helm as its users do, and reads what comes out.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "./kubernetes-object.ts";

export const repositoryRoot = join(import.meta.dirname, "../..");
export const chart = join(repositoryRoot, "deploy/helm/sealserve");

/** Of the cluster that is rendered for: helm built by Go knows none. */
export const kubeVersion = "1.33.0";

/** Null where there is none: tests that need it then skip by name. */
const helm = findHelm();

export const withoutHelm = helm === null ? "helm is not installed, and Go cannot build it: make helm" : false;

export interface Rendering {
  /** Names of files in the chart's folder `values`, or absolute paths; the later over the earlier. */
  readonly values?: readonly string[];
  /** As `--set` takes them. */
  readonly set?: readonly string[];
  /** As `--set-json`. */
  readonly json?: readonly string[];
}

export interface HelmEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function helmPath(): string {
  if (helm === null) throw new Error("helm is not installed");
  return helm;
}

export function runHelm(args: readonly string[]): HelmEnd {
  const { status, stdout, stderr } = spawnSync(helmPath(), args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  return { code: status, stdout, stderr };
}

export function renderingArgs({ values = [], set = [], json = [] }: Rendering): readonly string[] {
  const path = (name: string): string => (name.startsWith("/") ? name : join(chart, "values", `${name}.yaml`));
  return [
    ...values.flatMap((name) => ["--values", path(name)]),
    ...set.flatMap((each) => ["--set", each]),
    ...json.flatMap((each) => ["--set-json", each]),
  ];
}

/** What `helm template` makes of the chart in the namespace `ml`. Throws with helm's words where it refuses. */
export function render(rendering: Rendering = {}): readonly KubernetesObject[] {
  const asked = JSON.stringify(renderingArgs(rendering));
  const objects = rendered.get(asked) ?? rendered.set(asked, parsed(template(rendering))).get(asked);
  return objects ?? [];
}

/** Tests of one file look at a rendering from several sides. */
const rendered = new Map<string, readonly KubernetesObject[]>();

function parsed({ code, stdout, stderr }: HelmEnd): readonly KubernetesObject[] {
  if (code !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout).flatMap((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) throw problem;
    const object: KubernetesObject | null = document.toJS();
    return object === null ? [] : [object];
  });
}

/** The sentence with which helm refuses; fails where it does not. */
export function refusal(rendering: Rendering): string {
  const { code, stderr } = template(rendering);
  if (code === 0) throw new Error("helm rendered what it ought to refuse");
  return stderr;
}

function template(rendering: Rendering): HelmEnd {
  const place = ["--namespace", "ml", "--kube-version", kubeVersion];
  return runHelm(["template", "sealserve", chart, ...place, ...renderingArgs(rendering)]);
}

function findHelm(): string | null {
  const { status, stdout } = spawnSync(join(repositoryRoot, "tools/helm-path.sh"), ["--find"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}
