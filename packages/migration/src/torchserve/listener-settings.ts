// Where TorchServe's listeners are and what they show, in the words of our configuration.
import { MigrationError } from "../migration-error.ts";
import type { TorchserveAddress } from "./address.ts";
import type { PropertyWarning, TorchserveProperties } from "./properties.ts";

type Settings = Readonly<Record<string, unknown>>;

export interface ListenerSettings {
  /** By key path. */
  readonly settings: Settings;
  readonly warnings: readonly PropertyWarning[];
  /** Whether everybody who reaches one of them could manage models, but for tokens. */
  readonly managedFromOutside: boolean;
}

type AddressKey = "inference_address" | "management_address" | "metrics_address";

/** Ports of addresses that name none: of http, and of https (TorchServe, `ConnectorType`). */
const usualPorts: Readonly<Record<AddressKey, readonly [plain: number, secure: number]>> = {
  inference_address: [80, 443],
  management_address: [8081, 8444],
  metrics_address: [8082, 8445],
};

const defaults: Readonly<Record<AddressKey, TorchserveAddress>> = {
  inference_address: { kind: "tcp", tls: false, host: "127.0.0.1", port: 8080 },
  management_address: { kind: "tcp", tls: false, host: "127.0.0.1", port: 8081 },
  metrics_address: { kind: "tcp", tls: false, host: "127.0.0.1", port: 8082 },
};

interface GrpcAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** `absolute` makes a path of the file one that holds everywhere. Throws `value-refused`. */
export function listenerSettings(
  properties: TorchserveProperties,
  absolute: (path: string) => string,
): ListenerSettings {
  const address = (key: AddressKey): TorchserveAddress => properties[key] ?? defaults[key];
  const grpc = (host: string | undefined, port: number): GrpcAddress => ({
    ...{ host: host ?? "127.0.0.1", port },
    tls: properties.enable_grpc_ssl ?? false,
  });
  const { enable_metrics_api: hasMetrics = true } = properties;
  const keys = [
    "inference_address",
    "management_address",
    ...(hasMetrics ? ["metrics_address" as const] : []),
  ] as const;
  const grpcInference = grpc(properties.grpc_inference_address, properties.grpc_inference_port ?? 7070);
  const grpcManagement = grpc(properties.grpc_management_address, properties.grpc_management_port ?? 7071);
  const plain = [
    ...keys.flatMap((key) => plaintextWarning(key, address(key))),
    ...plaintextWarning("grpc_inference_address", { kind: "tcp", ...grpcInference }),
    ...plaintextWarning("grpc_management_address", { kind: "tcp", ...grpcManagement }),
  ];
  const secure = grpcInference.tls || grpcManagement.tls || keys.some((key) => Object(address(key))["tls"] === true);
  const management = address("management_address");
  return {
    settings: {
      host: "127.0.0.1",
      tls: secure ? tlsOf(properties, absolute) : null,
      insecurePlaintext: plain.length > 0,
      "protocols.torchserve.inference": listenAddress("inference_address", address("inference_address")),
      "protocols.torchserve.management": listenAddress("management_address", management),
      "protocols.torchserve.metrics": hasMetrics && listenAddress("metrics_address", address("metrics_address")),
      "protocols.torchserve.grpcInference": grpcInference,
      "protocols.torchserve.grpcManagement": grpcManagement,
      "protocols.openInference.http": false,
      "protocols.openInference.metrics": false,
      "protocols.tensorflowServing.rest": false,
    },
    warnings: plain,
    managedFromOutside: !isLocal(management) || !isLoopbackName(grpcManagement.host),
  };
}

function listenAddress(key: AddressKey, address: TorchserveAddress): unknown {
  if (address.kind === "unix") return `unix:${address.path}`;
  const { host, tls } = address;
  return { host, port: address.port ?? usualPorts[key][tls ? 1 : 0], tls };
}

function plaintextWarning(key: string, address: TorchserveAddress): readonly PropertyWarning[] {
  if (address.kind === "unix" || address.tls || isLocal(address)) return [];
  const problem = `requests and answers cross the network unencrypted through ${address.host}: use https, or keep the address on 127.0.0.1`;
  return [{ key, problem }];
}

function isLocal(address: TorchserveAddress): boolean {
  return address.kind === "unix" || isLoopbackName(address.host);
}

function isLoopbackName(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** As the original: a key store, or two files, or a certificate that nobody else has signed. */
function tlsOf(properties: TorchserveProperties, absolute: (path: string) => string): unknown {
  const { keystore, keystore_pass = "changeit", keystore_type = "PKCS12" } = properties;
  const { private_key_file: key, certificate_file: cert } = properties;
  if (keystore !== undefined) {
    if (/^(?:pkcs12|pfx|p12)$/i.test(keystore_type)) return { keystore: absolute(keystore), password: keystore_pass };
    const allowed = "PKCS12; keytool -importkeystore -deststoretype PKCS12 makes one of another kind";
    throw new MigrationError("value-refused", { key: "keystore_type", found: JSON.stringify(keystore_type), allowed });
  }
  if (key === undefined && cert === undefined) return "self-signed";
  if (key !== undefined && cert !== undefined) return { cert: absolute(cert), key: absolute(key) };
  const [missing, given] = key === undefined ? ["private_key_file", cert] : ["certificate_file", key];
  throw new MigrationError("value-refused", { key: missing, found: "nothing", allowed: `a file beside ${given}` });
}
