// The shapes in which the chart is rendered by tests: the values files that it ships, and what may be switched on beside them.
import type { Rendering } from "./helm.ts";

export interface Shape extends Rendering {
  readonly name: string;
  readonly tee: "native" | "sgx" | "tdx" | "snp";
}

const digest = "a".repeat(64);
const s3 = [
  "models.source=s3",
  "models.s3.endpoint=https://objects.example:9443",
  "models.s3.bucket=models",
  "models.s3.prefix=team/a",
  "models.s3.secretName=s3",
  `models.s3.image=rclone/rclone@sha256:${digest}`,
];
const everything = [
  "istio.enabled=true",
  "kserve.enabled=true",
  "monitoring.serviceMonitors=true",
  "monitoring.dashboard=true",
  "monitoring.alerts=true",
];
const certManager = ["frontend.tls.source=cert-manager", "frontend.tls.issuer.name=public"];

export const shapes: readonly Shape[] = [
  { name: "no values at all", tee: "native" },
  { name: "native", tee: "native", values: ["native"] },
  { name: "sgx", tee: "sgx", values: ["sgx"] },
  { name: "tdx", tee: "tdx", values: ["tdx"] },
  { name: "snp", tee: "snp", values: ["snp"] },
  { name: "minimal", tee: "native", values: ["minimal"] },
  { name: "production over native", tee: "native", values: ["native", "production"] },
  { name: "production over sgx", tee: "sgx", values: ["sgx", "production"] },
  { name: "production over tdx", tee: "tdx", values: ["tdx", "production"] },
  { name: "production over snp", tee: "snp", values: ["snp", "production"] },
  {
    name: "everything over production and tdx",
    tee: "tdx",
    values: ["tdx", "production"],
    set: [...everything, ...certManager],
  },
  {
    name: "everything over native",
    tee: "native",
    values: ["native"],
    set: [...everything, "identity.keyFileSecret=identity"],
  },
  {
    name: "mesh by cert-manager",
    tee: "native",
    set: ["mesh.source=cert-manager", "mesh.issuer.name=mesh", ...certManager],
  },
  {
    name: "models by NFS",
    tee: "native",
    set: ["models.source=nfs", "models.nfs.server=nfs.example", "models.nfs.path=/models"],
  },
  { name: "models by S3", tee: "tdx", values: ["tdx"], set: s3 },
  {
    name: "models by an image",
    tee: "snp",
    values: ["snp"],
    set: ["models.source=image", "models.image.reference=registry.example/models:3"],
  },
  {
    name: "two groups, one of them small",
    tee: "native",
    set: [
      "models.pvc.accessMode=ReadWriteMany",
      "backends.main.replicas=2",
      "backends.small.replicas=1",
      "backends.small.models.source=image",
      "backends.small.models.image.reference=r.example/m:1",
    ],
  },
  {
    name: "handlers in Python",
    tee: "native",
    set: ["backend.python.enabled=true", "kserve.enabled=true"],
  },
  { name: "handlers in Python in tdx", tee: "tdx", values: ["tdx"], set: ["backends.main.python.enabled=true"] },
  {
    name: "no gRPC",
    tee: "native",
    set: ["frontend.ports.grpcInference=0", "frontend.ports.grpcManagement=0"],
  },
  {
    name: "in-process quoting",
    tee: "sgx",
    values: ["sgx"],
    set: ["tee.sgx.quoting=in-process"],
  },
  {
    name: "a confidential node",
    tee: "tdx",
    values: ["tdx"],
    set: ["tee.configfs.hostPath=/sys/kernel/config/tsm", "tee.configfs.asRoot=true"],
  },
  {
    name: "a broker elsewhere",
    tee: "tdx",
    set: ["tee.kind=tdx", "keyBroker.url=https://broker.example:9440", "keyBroker.caSecret=broker-ca"],
  },
  {
    name: "collateral from a PCCS",
    tee: "sgx",
    values: ["sgx"],
    set: ["keyBroker.collateral.pccsUrl=https://pccs.example:18081"],
  },
  {
    name: "collateral from a PCCS with an authority of its own",
    tee: "tdx",
    values: ["tdx"],
    set: ["keyBroker.collateral.pccsUrl=https://pccs.example:18081", "keyBroker.collateral.pccsCaSecret=pccs-ca"],
  },
  {
    name: "collateral without a network",
    tee: "snp",
    values: ["snp"],
    set: ["keyBroker.collateral.offline.configMap=collateral"],
  },
];
