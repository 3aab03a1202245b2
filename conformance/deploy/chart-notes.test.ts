// What helm does where there is a cluster: it prints the next steps as commands that work, and keeps what it generated before.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { runSealserve } from "../e2e/running-server.ts";
import { installing } from "./cluster/installing.ts";
import { type Rendering, render, withoutHelm } from "./helm.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";

const skip = withoutHelm;

/** What `helm install` says in a cluster that has these objects. */
async function install(rendering: Rendering, there: readonly KubernetesObject[] = []): Promise<string> {
  const { code, stdout, stderr } = await installing(rendering, render(rendering), there);
  assert.equal(code, 0, stderr);
  return stdout;
}

test("a certificate and an authority that are there stay as they are", { skip }, async () => {
  const owned = { "meta.helm.sh/release-name": "sealserve", "meta.helm.sh/release-namespace": "ml" };
  const there = render()
    .filter(({ kind }) => kind === "Secret")
    .map((secret) => ({ ...secret, metadata: { ...secret.metadata, annotations: owned } }));
  assert.equal(there.length, 2);
  const [manifest = ""] = (await install({}, there)).split("\nNOTES:");
  const secrets = parseAllDocuments(manifest.slice(manifest.indexOf("---")))
    .map((document): KubernetesObject | null => document.toJS())
    .filter((object) => object?.kind === "Secret");
  assert.deepEqual(
    secrets.map((object) => [object?.metadata.name, object?.data]).sort(),
    there.map(({ metadata, data }) => [metadata.name, data]).sort(),
  );
});

for (const values of ["native", "sgx", "tdx", "snp"]) {
  test(`${values}: the notes tell the next steps, by commands and objects that there are`, { skip }, async () => {
    const text = await install({ values: [values] });
    const notes = text.slice(text.indexOf("\nNOTES:"));
    assert.match(notes, new RegExp(`Sealserve \\(${values}\\) is installed as sealserve in ml`));
    const steps = [...notes.matchAll(/^(\d)\. /gm)].map(([, step]) => Number(step));
    assert.deepEqual(
      steps,
      steps.map((_, i) => i + 1),
    );
    assert.equal(steps.length, values === "native" ? 2 : 4);
    const objects = render({ values: [values] });
    const names = new Set(objects.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`));
    for (const [, name = ""] of notes.matchAll(/port-forward svc\/(\S+)/g))
      assert.ok(names.has(`service/${name}`), name);
    for (const [, name = ""] of notes.matchAll(/get secret (\S+)/g)) assert.ok(names.has(`secret/${name}`), name);
    if (values === "native") return;
    assert.match(notes, /create secret generic sealserve-key-broker --from-file=root.key --from-file=admin.pub$/m);
    for (const [, command = "", rest = ""] of notes.matchAll(
      /^ {3}sealserve ([a-z]+(?: (?:new-root|create|set))?)(.*)$/gm,
    )) {
      const { stdout } = await runSealserve([...command.split(" "), "--help"]);
      for (const [flag] of rest.matchAll(/--[a-z-]+/g)) assert.ok(stdout.includes(flag), `${command} has no ${flag}`);
    }
  });
}
