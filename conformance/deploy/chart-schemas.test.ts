// Every rendered object is one that its API server would take: by the published schemas, and by their types, which know no other keys.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { chart, kubeVersion, render, renderingArgs, repositoryRoot, runHelm, withoutHelm } from "./helm.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";
import { shapes } from "./shapes.ts";

const folder = mkdtempSync(join(tmpdir(), "sealserve-chart-"));
after(() => rmSync(folder, { recursive: true }));

/** Where the schemas of an API group are; KServe publishes none, its objects are tested by hand. */
const publishers: readonly (readonly [group: RegExp, publisher: string])[] = [
  [/\.istio\.io\//, "@kubernetes-models/istio/"],
  [/^cert-manager\.io\//, "@kubernetes-models/cert-manager/"],
  [/^monitoring\.coreos\.com\//, "@kubernetes-models/prometheus-operator/"],
  [/^serving\.kserve\.io\//, ""],
  [/^/, "kubernetes-models/"],
];

function moduleOf({ apiVersion, kind }: KubernetesObject): string | null {
  const publisher = publishers.find(([group]) => group.test(apiVersion))?.[1];
  return publisher ? `${publisher}${apiVersion}/${kind}` : null;
}

interface Checked {
  validate(): void;
}

for (const shape of shapes) {
  test(`${shape.name}: helm lints it, and the published schemas take every object`, { skip: withoutHelm }, async () => {
    const lint = runHelm(["lint", "--strict", "--kube-version", kubeVersion, chart, ...renderingArgs(shape)]);
    assert.equal(lint.code, 0, lint.stdout);
    const names = new Set<string>();
    for (const object of render(shape)) {
      const { kind, metadata } = object;
      assert.ok(!names.has(`${kind}/${metadata.name}`), `${kind} ${metadata.name} is there twice`);
      names.add(`${kind}/${metadata.name}`);
      assert.equal(metadata.namespace, kind === "ClusterServingRuntime" ? undefined : "ml");
      const path = moduleOf(object);
      if (path === null) continue;
      const { [kind]: Model }: Readonly<Record<string, new (data: KubernetesObject) => Checked>> = await import(path);
      assert.ok(Model, `${path} has no ${kind}`);
      const problem = problemOf(new Model(object));
      assert.equal(problem, null, `${kind} ${metadata.name}`);
    }
  });
}

function problemOf(checked: Checked): string | null {
  try {
    checked.validate();
    return null;
  } catch (error) {
    return String(error);
  }
}

/** The compiler refuses keys that a type does not have: a schema lets them pass. */
function compile(objects: readonly KubernetesObject[]): string {
  const lines = objects.flatMap((object, i) => {
    const path = moduleOf(object);
    if (path === null) return [];
    return [
      `import type { I${object.kind} as T${i} } from "${path}";`,
      `export const o${i}: T${i} = ${JSON.stringify(object)};`,
    ];
  });
  writeFileSync(join(folder, "objects.ts"), lines.join("\n"));
  const options = { module: "nodenext", target: "es2024", strict: true, noEmit: true, skipLibCheck: true, types: [] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["objects.ts"] }));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const tsc = join(repositoryRoot, "node_modules/.bin/tsc");
  return spawnSync(tsc, ["-p", folder], { encoding: "utf8" }).stdout;
}

test("no object has a key that its type does not know", { skip: withoutHelm }, () => {
  symlinkSync(join(repositoryRoot, "node_modules"), join(folder, "node_modules"));
  const all = shapes.filter(({ name }) => /everything|sgx|S3|cert-manager|image|small|NFS/.test(name));
  const objects = all.flatMap((shape) => render(shape));
  assert.equal(compile(objects), "");
  const [first] = objects.filter(({ kind }) => kind === "Deployment");
  assert.ok(first);
  assert.match(compile([{ ...first, spec: { ...(first.spec as object), replica: 3 } }]), /replica.* does not exist/);
});
