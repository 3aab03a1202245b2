// The parts of Kubernetes' objects that the tests of the chart read; schemas check the rest.

export type Labels = Readonly<Record<string, string>>;

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Labels;
    readonly annotations?: Labels;
  };
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
  readonly type?: string;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string | number };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

export interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly fsGroup?: number;
  readonly seccompProfile?: { readonly type: string };
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly capabilities?: { readonly drop: readonly string[]; readonly add?: readonly string[] };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly envFrom?: unknown;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly resources: { readonly requests: Labels; readonly limits: Labels };
  readonly securityContext: SecurityContext;
  readonly volumeMounts?: readonly VolumeMount[];
}

export interface FileItems {
  readonly defaultMode?: number;
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

export interface Volume {
  readonly name: string;
  readonly configMap?: FileItems & { readonly name: string };
  readonly secret?: FileItems & { readonly secretName: string };
  readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string };
  readonly persistentVolumeClaim?: { readonly claimName: string; readonly readOnly?: boolean };
  readonly nfs?: { readonly server: string; readonly path: string; readonly readOnly?: boolean };
  readonly hostPath?: { readonly path: string };
  readonly image?: { readonly reference: string };
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly securityContext: SecurityContext;
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken: boolean;
  readonly enableServiceLinks: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly runtimeClassName?: string;
  readonly nodeSelector?: Labels;
  readonly topologySpreadConstraints?: readonly { readonly topologyKey: string }[];
}

/** A pod as a workload describes it. */
export interface Pod {
  readonly workload: KubernetesObject;
  readonly name: string;
  readonly component: string;
  readonly labels: Labels;
  readonly spec: PodSpec;
  /** Of a StatefulSet. */
  readonly claims: readonly string[];
}

export function ofKind(objects: readonly KubernetesObject[], kind: string): readonly KubernetesObject[] {
  return objects.filter((object) => object.kind === kind);
}

/** The one object of this kind and name. */
export function named(objects: readonly KubernetesObject[], kind: string, name: string): KubernetesObject {
  const [found, another] = ofKind(objects, kind).filter((object) => object.metadata.name === name);
  if (!found || another) throw new Error(`there is ${found ? "more than one" : "no"} ${kind} ${name}`);
  return found;
}

interface WorkloadSpec {
  readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
}

/** Of all workloads, and of `helm test`. */
export function podsOf(objects: readonly KubernetesObject[]): readonly Pod[] {
  return objects.flatMap((workload): Pod[] => {
    const { kind, metadata } = workload;
    const name = metadata.name;
    if (kind === "Pod") {
      const labels = metadata.labels ?? {};
      const spec = workload.spec as PodSpec;
      return [{ workload, name, labels, component: componentOf(labels), spec, claims: [] }];
    }
    if (kind !== "Deployment" && kind !== "StatefulSet") return [];
    const { template, volumeClaimTemplates = [] } = workload.spec as WorkloadSpec;
    const { labels } = template.metadata;
    const claims = volumeClaimTemplates.map((claim) => claim.metadata.name);
    return [{ workload, name, labels, component: componentOf(labels), spec: template.spec, claims }];
  });
}

export function containersOf({ spec }: Pod): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

function componentOf(labels: Labels): string {
  return labels["app.kubernetes.io/component"] ?? "";
}
