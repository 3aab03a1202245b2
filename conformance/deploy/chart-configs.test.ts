// Every rendered configuration is one that its process takes, with the files that its pod mounts and no others.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runSealserve } from "../e2e/running-server.ts";
import { podFiles } from "./cluster/pod-files.ts";
import { render, withoutHelm } from "./helm.ts";
import { type KubernetesObject, type Pod, podsOf } from "./kubernetes-object.ts";
import { shapes } from "./shapes.ts";

const skip = withoutHelm;
const folder = mkdtempSync(join(tmpdir(), "sealserve-configs-"));
after(() => rmSync(folder, { recursive: true }));

const commands = new Set(["frontend", "backend", "key-broker"]);

/** Secrets and ConfigMaps that an owner makes, with something under each key that a pod mounts. */
function ownersObjects(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const there = new Set(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const certificate = render().find(({ kind, data }) => kind === "Secret" && data?.["ca.crt"])?.data?.["ca.crt"] ?? "";
  const volumes = podsOf(objects).flatMap(({ spec }) => spec.volumes ?? []);
  const secrets = volumes.flatMap(({ secret }): KubernetesObject[] => {
    if (!secret || there.has(`Secret/${secret.secretName}`)) return [];
    const data = Object.fromEntries((secret.items ?? []).map(({ key }) => [key, certificate]));
    return [{ apiVersion: "v1", kind: "Secret", metadata: { name: secret.secretName }, data }];
  });
  const maps = volumes.flatMap(({ configMap }): KubernetesObject[] => {
    if (!configMap || there.has(`ConfigMap/${configMap.name}`)) return [];
    return [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: configMap.name }, data: { "a.pem": "x" } }];
  });
  const all = new Map([...secrets, ...maps].map((object) => [`${object.kind}/${object.metadata.name}`, object]));
  // Two volumes may want other keys of one Secret.
  return [...all.values()].map((object) => ({
    ...object,
    data: Object.assign(
      {},
      ...[...secrets, ...maps].filter((each) => each.metadata.name === object.metadata.name).map(({ data }) => data),
    ),
  }));
}

/** The pod's configuration with the places here of what it mounts. */
function placedConfig(pod: Pod, objects: readonly KubernetesObject[], place: string): string {
  const memory = join(place, "memory");
  const claims = new Proxy({}, { get: () => place });
  const volumes = podFiles(pod, place, { objects, claims, memory });
  const mounts = pod.spec.containers[0]?.volumeMounts ?? [];
  const config = mounts.find(({ subPath }) => subPath === "config.yaml");
  let text = readFileSync(join(volumes[config?.name ?? ""] ?? "", "config.yaml"), "utf8");
  // Of what is written here itself, /tmp would be found again.
  const mounted = mounts.filter(({ subPath, mountPath }) => subPath === undefined && mountPath !== "/tmp");
  for (const { name, mountPath } of mounted) text = text.replaceAll(`${mountPath}/`, `${volumes[name]}/`);
  const file = join(place, "placed.yaml");
  writeFileSync(file, text);
  return file;
}

/** Many shapes have configurations in common. */
const taken = new Set<string>();

for (const [number, shape] of shapes.entries()) {
  test(`${shape.name}: the processes take their configurations`, { skip }, async () => {
    const rendered = render(shape);
    const objects = [...rendered, ...ownersObjects(rendered)];
    const checks = podsOf(rendered)
      .filter(({ component }) => commands.has(component))
      .filter(({ component, name }) => {
        const text = rendered.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === name)?.data;
        const key = `${component} ${text?.["config.yaml"]}`;
        return !taken.has(key) && taken.add(key);
      })
      .map(async (pod) => {
        const file = placedConfig(pod, objects, join(folder, String(number), pod.name));
        const { code, stderr } = await runSealserve([pod.component, "--config", file, "--print-config"]);
        assert.equal(code, 0, `${pod.name}: ${stderr}`);
      });
    await Promise.all(checks);
  });
}
