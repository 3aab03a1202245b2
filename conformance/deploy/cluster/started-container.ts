// One container of a pod as a local process: the very command, arguments, variables, files, user and root that it would have.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endOf } from "../../fixtures/spawned-command.ts";
import type { Container, Pod } from "../kubernetes-object.ts";

export interface ContainerPlace {
  /** The pod's network namespace. */
  readonly namespace: string;
  /** The pod's folder. */
  readonly folder: string;
  readonly volumes: Readonly<Record<string, string>>;
  readonly nameServer: string;
  readonly address: string;
}

/** What an image is: its tree and its entry point. */
export interface Image {
  readonly tree: string;
  readonly entrypoint: readonly string[];
  /** Of a stand-in: turns the container's arguments into its own. */
  readonly argsOf?: (args: readonly string[]) => readonly string[];
  readonly mounts?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface StartedContainer {
  readonly child: ChildProcess;
  log(): string;
}

/** What the kubelet adds for every pod. */
const kubernetes = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };

export function startContainer(pod: Pod, container: Container, image: Image, place: ContainerPlace): StartedContainer {
  const scratch = join(place.folder, `container-${container.name}`);
  mkdirSync(scratch, { recursive: true });
  const mounts = (container.volumeMounts ?? []).map(({ name, mountPath, subPath, readOnly }) => {
    const volume = place.volumes[name];
    if (volume === undefined) throw new Error(`${container.name} mounts ${name}, which is no volume of the pod`);
    return `${subPath === undefined ? volume : join(volume, subPath)} ${mountPath} ${readOnly ? "ro" : "rw"}`;
  });
  for (const [target, source] of Object.entries(image.mounts ?? {})) mounts.push(`${source} ${target} rw`);
  writeFileSync(join(scratch, "mounts"), mounts.map((line) => `${line}\n`).join(""));
  writeFileSync(join(scratch, "resolv.conf"), `nameserver ${place.nameServer}\n`);
  writeFileSync(join(scratch, "hosts"), `127.0.0.1 localhost\n${place.address} ${pod.name}\n`);
  const { runAsUser = 0, runAsGroup = 0 } = pod.spec.securityContext;
  const env = Object.fromEntries((container.env ?? []).map(({ name, value = "" }) => [name, value]));
  const command = container.command ?? image.entrypoint;
  const args = image.argsOf?.(container.args) ?? container.args;
  const enter = join(import.meta.dirname, "enter-container.sh");
  const inside = ["unshare", "--mount", "--uts", "--propagation", "private", enter, scratch, image.tree];
  const child = spawn(
    "ip",
    ["netns", "exec", place.namespace, ...inside, String(runAsUser), String(runAsGroup), ...command, ...args],
    {
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOSTNAME: pod.name, ...kubernetes, ...env, ...image.env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text) => (log += text));
  return { child, log: () => log };
}

/** An init container, or one of a pod that runs to its end. Throws where it fails, as the pod would. */
export async function runContainer(
  pod: Pod,
  container: Container,
  image: Image,
  place: ContainerPlace,
): Promise<string> {
  const { child, log } = startContainer(pod, container, image, place);
  const { code, stdout } = await endOf(child);
  if (code !== 0) throw new Error(`${pod.name}: ${container.name} ended with code ${code}:\n${log()}`);
  return stdout;
}
