// The volumes of a pod as folders: files of ConfigMaps and Secrets with their owners and modes, empty folders, claims.
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type FileItems, type KubernetesObject, type Pod, podsOf, type Volume } from "../kubernetes-object.ts";

export interface PodFilesOptions {
  readonly objects: readonly KubernetesObject[];
  /** Folders of claims and NFS shares, by the claim's name. */
  readonly claims: Readonly<Record<string, string>>;
  /** For volumes in memory: a folder of a memory file system. */
  readonly memory: string;
}

/** Makes the volumes below `folder`, and tells where each is. */
export function podFiles(pod: Pod, folder: string, options: PodFilesOptions): Readonly<Record<string, string>> {
  const gid = pod.spec.securityContext.fsGroup ?? 0;
  const made: Record<string, string> = {};
  for (const volume of pod.spec.volumes ?? [])
    made[volume.name] = placed(volume, join(folder, volume.name), gid, options);
  for (const claim of pod.claims) made[claim] = emptyFolder(join(folder, claim), gid);
  return made;
}

function placed(volume: Volume, folder: string, gid: number, { objects, claims, memory }: PodFilesOptions): string {
  const { configMap, secret, emptyDir, persistentVolumeClaim: claim } = volume;
  if (emptyDir?.medium === "Memory") return emptyFolder(join(memory, folder.replaceAll("/", "-")), gid);
  if (claim) {
    const found = claims[claim.claimName];
    if (found === undefined) throw new Error(`nothing stands for the claim ${claim.claimName}`);
    return found;
  }
  const files = emptyFolder(folder, gid);
  if (configMap) write(files, contentOf(objects, "ConfigMap", configMap.name), configMap, { mode: 0o644, gid });
  if (secret) write(files, contentOf(objects, "Secret", secret.secretName), secret, { mode: 0o440, gid });
  return files;
}

/** As the kubelet makes one: whoever is in the pod's group may write. */
function emptyFolder(folder: string, gid: number): string {
  mkdirSync(folder, { recursive: true });
  chownSync(folder, 0, gid);
  chmodSync(folder, 0o2777);
  return folder;
}

function write(
  folder: string,
  content: Readonly<Record<string, Buffer>>,
  { items, defaultMode }: FileItems,
  { mode, gid }: { readonly mode: number; readonly gid: number },
): void {
  const wanted = items ?? Object.keys(content).map((key) => ({ key, path: key }));
  for (const { key, path } of wanted) {
    const bytes = content[key];
    // The kubelet would not start the pod.
    if (!bytes) throw new Error(`${folder} wants the key ${key}, which is not there`);
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    chownSync(file, 0, gid);
    chmodSync(file, defaultMode ?? mode);
  }
}

function contentOf(
  objects: readonly KubernetesObject[],
  kind: "ConfigMap" | "Secret",
  name: string,
): Readonly<Record<string, Buffer>> {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  const encoding = kind === "Secret" ? "base64" : "utf8";
  return Object.fromEntries(Object.entries(found.data ?? {}).map(([key, text]) => [key, Buffer.from(text, encoding)]));
}

/** The pod of this workload. */
export function podNamed(objects: readonly KubernetesObject[], name: string): Pod {
  const found = podsOf(objects).find((pod) => pod.name === name);
  if (!found) throw new Error(`there is no workload ${name}`);
  return found;
}
