// The routes of AMD's key distribution service (KDS).
import type { SnpTcb } from "@sealserve/attestation";
import type { AmdRole } from "../amd/amd-chain.ts";
import type { MockAmd } from "../amd/create-mock-amd.ts";
import { toHex } from "../hex.ts";
import { type Answer, answer, notFound } from "./answer.ts";

const route = /^\/(vcek|vlek)\/v1\/(Milan|Genoa|Turin)\/([a-z_]+|[0-9a-f]+)$/;

/** null: not a path of this service. */
export function answerAmd(url: URL, authorities: readonly MockAmd[]): Answer | null {
  const [, key, product, name] = route.exec(url.pathname) ?? [];
  if (key === undefined) return null;
  const authority = authorities.find((one) => one.product === product);
  if (!authority) return notFound;
  switch (name) {
    case "cert_chain":
      return answer("application/x-pem-file", chain(authority, key === "vcek" ? ["ask", "ark"] : ["asvk", "ark"]));
    case "crl":
      return answer("application/pkix-crl", authority.collateral().crl ?? new Uint8Array(0));
    default:
      return key === "vcek" && isChip(authority, name) && hasLevels(authority, url.searchParams)
        ? answer("application/pkix-cert", authority.chain.of("vcek").der)
        : notFound;
  }
}

function chain({ chain: certificates }: MockAmd, roles: readonly AmdRole[]): string {
  return roles.map((role) => certificates.of(role).pem).join("");
}

function isChip({ product, chipId }: MockAmd, hex: string | undefined): boolean {
  return hex === toHex(product === "Turin" ? chipId.subarray(0, 8) : chipId);
}

const parameters: { readonly [L in keyof SnpTcb]: string } = {
  bootLoader: "blSPL",
  tee: "teeSPL",
  snp: "snpSPL",
  microcode: "ucodeSPL",
  fmc: "fmcSPL",
};

/** The real service makes a certificate for any levels; this one has the one of its chip's. */
function hasLevels({ tcb }: MockAmd, query: URLSearchParams): boolean {
  const asked = (name: string): number | null => (query.has(name) ? Number(query.get(name)) : null);
  return Object.entries(parameters).every(([level, name]) => asked(name) === tcb[level as keyof SnpTcb]);
}
