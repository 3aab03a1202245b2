// How a command proves to a key broker who runs it: by tokens that a key of its own signs, or by a certificate.
import { type AdminTokenOptions, adminToken } from "@sealserve/key-broker";
import { readBytesFile } from "./trust-files.ts";
import { UsageError } from "./usage-error.ts";

export interface ProofFlags {
  readonly adminKey?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
}

export type BrokerProof =
  | { readonly kind: "key"; sign(options: Omit<AdminTokenOptions, "now">): Promise<string> }
  | { readonly kind: "certificate"; readonly certificate: string; readonly privateKey: string };

const fileLimit = 64 * 1024;

/** `now`: for the dates of tokens. Throws `UsageError` unless the flags name a key or a certificate, and not both. */
export function brokerProof({ adminKey, clientCert, clientKey }: ProofFlags, now: () => Date): BrokerProof {
  const certified = clientCert !== undefined && clientKey !== undefined;
  if (adminKey !== undefined && clientCert === undefined && clientKey === undefined) return keyProof(adminKey, now);
  if (adminKey === undefined && certified) {
    return { kind: "certificate", certificate: readText(clientCert), privateKey: readText(clientKey) };
  }
  throw new UsageError("say who you are: --admin-key FILE, or --client-cert FILE and --client-key FILE");
}

function keyProof(file: string, now: () => Date): BrokerProof {
  const key = readText(file);
  return {
    kind: "key",
    async sign(options) {
      try {
        return await adminToken(key, { ...options, now: now() });
      } catch (error) {
        const made = "openssl genpkey -algorithm ed25519";
        throw new UsageError(`${file} must hold an Ed25519 private key in PEM: ${made}`, error);
      }
    },
  };
}

function readText(file: string): string {
  return readBytesFile(file, fileLimit).toString("utf8");
}
