// Starts the pods of rendered objects as local processes, as a cluster would: volumes, init containers, probes, Services by name.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { endOf } from "../../fixtures/spawned-command.ts";
import { type KubernetesObject, type Labels, ofKind, type Pod, podsOf } from "../kubernetes-object.ts";
import { Fabric, type PodPlace } from "./fabric.ts";
import type { ClusterRecords } from "./name-server.ts";
import { podFiles } from "./pod-files.ts";
import {
  type ContainerPlace,
  type Image,
  runContainer,
  type StartedContainer,
  startContainer,
} from "./started-container.ts";

export interface ClusterOptions {
  readonly objects: readonly KubernetesObject[];
  /** Everything that pods write lies below. */
  readonly folder: string;
  /** A folder in memory, for volumes that are. */
  readonly memory: string;
  /** Folders by the names of claims. */
  readonly claims: Readonly<Record<string, string>>;
  /** By the name in an image's reference: what is between the last `/` and the tag. */
  readonly images: Readonly<Record<string, Image>>;
}

export interface RunningPod extends PodPlace {
  readonly name: string;
  readonly pod: Pod;
  readonly main: StartedContainer;
}

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly selector: Labels;
  readonly ports: readonly { readonly name: string; readonly port: number }[];
}

export class Cluster implements AsyncDisposable {
  readonly #options: ClusterOptions;
  readonly #fabric: Fabric;
  readonly #running: RunningPod[] = [];

  private constructor(options: ClusterOptions, fabric: Fabric) {
    this.#options = options;
    this.#fabric = fabric;
  }

  static async open(options: ClusterOptions): Promise<Cluster> {
    return new Cluster(options, await Fabric.open());
  }

  get fabric(): Fabric {
    return this.#fabric;
  }

  /** Starts one more pod of a workload; does not wait until it is ready. Throws where an init container fails. */
  async start(workload: string): Promise<RunningPod> {
    const pod = podsOf(this.#options.objects).find(({ name }) => name === workload);
    if (!pod) throw new Error(`there is no workload ${workload}`);
    const name = `${workload}-${this.#running.length}`;
    const place = this.#placeOf(pod, name);
    for (const container of pod.spec.initContainers ?? []) {
      await runContainer(pod, container, this.#imageOf(container.image), place);
    }
    const [container] = pod.spec.containers;
    if (!container) throw new Error(`${workload} has no container`);
    const main = startContainer(pod, container, this.#imageOf(container.image), place);
    const running = { name, pod, main, namespace: place.namespace, address: place.address };
    this.#running.push(running);
    await this.#fabric.tell(this.#records());
    return running;
  }

  /** Runs a pod to its end, one container after the other; what each printed. `objects`: of a later rendering. Throws where one fails. */
  async run(workload: string, objects = this.#options.objects): Promise<readonly string[]> {
    const pod = podsOf(objects).find(({ name }) => name === workload);
    if (!pod) throw new Error(`there is no pod ${workload}`);
    const place = this.#placeOf(pod, workload, objects);
    const printed: string[] = [];
    for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
      printed.push(await runContainer(pod, container, this.#imageOf(container.image), place));
    }
    return printed;
  }

  /** Waits until the pod's readiness probe succeeds. Throws, with its log, where it ends or a minute is over. */
  async ready({ pod, main, address, name }: RunningPod): Promise<void> {
    const [container] = pod.spec.containers;
    const probe = container?.readinessProbe?.httpGet;
    const named = container?.ports?.find((each) => each.name === probe?.port)?.containerPort;
    const port = named ?? probe?.port;
    const program = `const until = Date.now() + 60_000; const url = "http://${address}:${port}${probe?.path}";
      for (;;) {
        if ((await fetch(url).catch(() => null))?.ok) break;
        if (Date.now() > until) process.exit(1);
        await new Promise((go) => setTimeout(go, 50));
      }`;
    const [command, args] = this.#fabric.command([process.execPath, "--input-type=module", "-e", program]);
    const [code] = await once(spawn(command, args, { stdio: "inherit" }), "exit");
    if (code === 0) return;
    throw new Error(`${name} is not ready (exit code ${main.child.exitCode}):\n${main.log()}`);
  }

  /**
   * What a URL answers to somebody on the pods' network who checks no certificate; `body`: posted as JSON. Throws where there is no answer, or one
   * that is an error.
   */
  async fetchText(url: string, body?: object): Promise<string> {
    const init = body ? { method: "POST", body: JSON.stringify(body) } : {};
    const program = `const reply = await fetch("${url}", ${JSON.stringify(init)});
      const text = await reply.text();
      if (!reply.ok) throw new Error(reply.status + " " + text);
      process.stdout.write(text);`;
    const [command, args] = this.#fabric.command([
      process.execPath,
      "--no-warnings",
      "--input-type=module",
      "-e",
      program,
    ]);
    const env = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: "0" };
    const { code, stdout, stderr } = await endOf(spawn(command, args, { env }));
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  /** SIGTERM, as the kubelet sends it; the exit code. */
  async end({ main }: RunningPod): Promise<number | null> {
    main.child.kill("SIGTERM");
    if (main.child.exitCode === null) await once(main.child, "exit");
    return main.child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { main } of this.#running) main.child.kill("SIGKILL");
    await this.#fabric[Symbol.asyncDispose]();
  }

  #placeOf(pod: Pod, name: string, objects = this.#options.objects): ContainerPlace {
    const folder = join(this.#options.folder, name);
    mkdirSync(folder, { recursive: true });
    const volumes = podFiles(pod, join(folder, "volumes"), { ...this.#options, objects });
    return { ...this.#fabric.place(), folder, volumes, nameServer: this.#fabric.nameServer };
  }

  #imageOf(reference: string): Image {
    const name = reference.split("/").at(-1)?.split(/[:@]/)[0] ?? "";
    const image = this.#options.images[name];
    if (!image) throw new Error(`nothing stands for the image ${reference}`);
    return image;
  }

  /** What a cluster's DNS says of its Services: a headless one has each pod, and so has any other here. */
  #records(): ClusterRecords {
    const A: Record<string, readonly string[]> = {};
    const SRV: Record<string, readonly { name: string; port: number }[]> = {};
    for (const { metadata, spec } of ofKind(this.#options.objects, "Service")) {
      const { selector, ports } = spec as ServiceSpec;
      const host = `${metadata.name}.${metadata.namespace}.svc.cluster.local`;
      const selected = this.#running.filter(({ pod }) => {
        return Object.entries(selector).every(([label, value]) => pod.labels[label] === value);
      });
      const targets = selected.map(({ address }) => ({ name: `${address.replaceAll(".", "-")}.${host}`, address }));
      A[host] = targets.map(({ address }) => address);
      for (const { name, address } of targets) A[name] = [address];
      for (const { name, port } of ports) {
        SRV[`_${name}._tcp.${host}`] = targets.map((target) => ({ name: target.name, port }));
      }
    }
    return { A, SRV };
  }
}
