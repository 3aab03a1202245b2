// Values of BigDL PPML's chart → values of ours, and a warning wherever a key meant something unsafe or means nothing here.
import { stringify } from "yaml";
import { MigrationError } from "../migration-error.ts";
import { type OldValues, parseOldValues } from "./old-values.ts";
import { type ValuesWarning, warningsOf } from "./values-warnings.ts";

export interface MigratedValues {
  /** As the chart `sealserve` takes them. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly warnings: readonly ValuesWarning[];
}

/** What the old chart had where nothing was said. */
const oldPorts = { inferencePort: 8085, managementPort: 8081, metricsPort: 8082, backendPort: 9000 } as const;
const urlShape = /^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/;
const hostShape = /^[A-Za-z0-9.:_-]+$/;
const oldMode = "sgx";
const oldBackends = 10;

/** Throws `MigrationError` for what cannot be read, or was never a value of the old chart. */
export function migrateValues(yaml: string): MigratedValues {
  const { values: old, unknown } = parseOldValues(yaml);
  return { values: newValues(old), warnings: warningsOf(old, unknown) };
}

/** The values as a file, with the warnings above them. */
export function migratedFile({ values, warnings }: MigratedValues): string {
  const lines = warnings.map(
    ({ key, severity, sentence }) => `# ${severity === "unsafe" ? "UNSAFE" : "note"}: ${key}: ${sentence}`,
  );
  const head = ["# Made by sealserve migrate values from the values of trusted-dl-serving-service.", ...lines];
  return `${head.join("\n")}\n${stringify(values, { lineWidth: 0 })}`;
}

function newValues(old: OldValues): Readonly<Record<string, unknown>> {
  const mode = old.TEEMode ?? oldMode;
  const ports = { ...oldPorts, ...old };
  const pccs = mode === "native" ? undefined : shaped("PCCSUrl", meant(old.PCCSUrl), urlShape, "an http or https URL");
  return {
    tee: { kind: mode, ...(mode === "tdx" ? { runtimeClassName: "kata-qemu-tdx" } : {}) },
    frontend: {
      ports: {
        inference: ports.inferencePort,
        management: ports.managementPort,
        metrics: ports.metricsPort,
        ...elsewhere(ports),
      },
    },
    backend: { port: ports.backendPort },
    backends: { main: { replicas: old.backendNum ?? oldBackends } },
    models: modelsOf(old),
    ...(mode === "native" ? {} : { keyBroker: { enabled: true, ...(pccs ? { collateral: { pccsUrl: pccs } } : {}) } }),
    istio: { enabled: old.istioTLSEnabled ?? false },
  };
}

/** The old share had models under `model/torchserve`, and keys beside them, which are not mounted any more. */
function modelsOf({ nfsServerIp, nfsPath }: OldValues): Readonly<Record<string, unknown>> {
  const server = shaped("nfsServerIp", meant(nfsServerIp), hostShape, "a name or an address");
  const path = meant(nfsPath);
  if (server === undefined || path === undefined) return { source: "pvc", pvc: { accessMode: "ReadWriteMany" } };
  return { source: "nfs", nfs: { server, path: `/${path.replace(/^\/+|\/+$/g, "")}/model/torchserve` } };
}

/** Our other listeners: each ten thousand higher where an old port is where it would be. */
function elsewhere(ports: typeof oldPorts | OldValues): Readonly<Record<string, number>> {
  const taken = new Set([ports.inferencePort, ports.managementPort, ports.metricsPort]);
  const ours = { openInference: 8000, openInferenceMetrics: 8002, tensorflowServing: 8501 };
  return Object.fromEntries(
    Object.entries(ours).flatMap(([name, port]) => (taken.has(port) ? [[name, port + 10_000]] : [])),
  );
}

function shaped(key: string, value: string | undefined, shape: RegExp, allowed: string): string | undefined {
  if (value === undefined || shape.test(value)) return value;
  throw new MigrationError("value-refused", { key, found: JSON.stringify(value.slice(0, 100)), allowed });
}

/** Undefined for what the old chart shipped as a placeholder. */
function meant(value: string | undefined): string | undefined {
  const trimmed = value?.trim().replace(/\/+$/, "");
  return trimmed === undefined || trimmed === "" || /^(your_|a_nfs_shared)/.test(trimmed) ? undefined : trimmed;
}
