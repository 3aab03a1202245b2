// AMD's certificates of one product: ARK, ASK or ASVK, VCEK or VLEK.
import type { Bytes } from "@sealserve/primitives";
import { type Certificate, type CertificateFields, issueCertificate } from "../x509/certificate.ts";
import { amdName } from "../x509/distinguished-name.ts";
import { generateSigningKey, type SigningKey } from "../x509/signing-key.ts";
import type { SnpProduct } from "./snp-tcb.ts";

export type AmdRole = "ark" | "ask" | "asvk" | "vcek" | "vlek";

export type AmdCertificateOverrides = { readonly [R in AmdRole]?: Partial<CertificateFields> };

/** Each key is made when it is first used: RSA of 4096 bits takes a third of a second. Several authorities may use the same. */
export class AmdKeys {
  readonly #keys = new Map<AmdRole, SigningKey>();

  constructor(given: { readonly [R in AmdRole]?: SigningKey } = {}) {
    for (const role of roles) {
      const key = given[role];
      if (key) this.#keys.set(role, key);
    }
  }

  of(role: AmdRole): SigningKey {
    const known = this.#keys.get(role);
    if (known) return known;
    const made = generateSigningKey(role === "vcek" || role === "vlek" ? "p384" : "rsa4096");
    this.#keys.set(role, made);
    return made;
  }
}

const roles: readonly AmdRole[] = ["ark", "ask", "asvk", "vcek", "vlek"];
const issuers = { ark: "ark", ask: "ark", asvk: "ark", vcek: "ask", vlek: "asvk" } as const;

export interface AmdChainFacts {
  readonly product: SnpProduct;
  readonly keys: AmdKeys;
  readonly overrides: AmdCertificateOverrides;
  /** Extensions of the chip's or the provider's certificate. */
  readonly endorsements: { readonly vcek: readonly Bytes[]; readonly vlek: readonly Bytes[] };
  readonly now: Date;
  readonly serial: () => bigint;
  readonly ark?: Certificate | undefined;
}

/** The certificates of one product, each issued when it is first asked for. */
export class AmdChain {
  readonly #facts: AmdChainFacts;
  readonly #issued = new Map<AmdRole, Certificate>();

  constructor(facts: AmdChainFacts) {
    this.#facts = facts;
    if (facts.ark) this.#issued.set("ark", facts.ark);
  }

  of(role: AmdRole): Certificate {
    const known = this.#issued.get(role);
    if (known) return known;
    const made = issueCertificate({ ...this.#fields(role), ...this.#facts.overrides[role] });
    this.#issued.set(role, made);
    return made;
  }

  #fields(role: AmdRole): CertificateFields {
    const { product, keys, overrides, endorsements, now, serial } = this.#facts;
    const issuer = issuers[role];
    const subject = subjectOf(role, product);
    const leaf = role === "vcek" || role === "vlek";
    return {
      // AMD gives its chips' certificates the serial number 0.
      serial: leaf ? 0n : serial(),
      subject,
      issuer: role === "ark" ? (overrides.ark?.subject ?? subject) : this.of(issuer).subject,
      notBefore: new Date(now.getTime() - 30 * day),
      notAfter: new Date(now.getTime() + 7 * 365 * day),
      subjectKey: keys.of(role),
      issuerKey: keys.of(issuer),
      ca: leaf ? null : true,
      pathLength: role === "ask" || role === "asvk" ? 0 : null,
      keyUsage: leaf ? [] : role === "ark" ? ["keyCertSign", "cRLSign"] : ["keyCertSign"],
      crlUrl: leaf ? null : `https://kdsintf.amd.com/vcek/v1/${product}/crl`,
      keyIds: !leaf,
      extensions: leaf ? endorsements[role] : [],
    };
  }
}

const day = 24 * 60 * 60 * 1000;

export const arkName = (product: SnpProduct) => amdName(`ARK-${product}`);

function subjectOf(role: AmdRole, product: SnpProduct) {
  switch (role) {
    case "ark":
      return arkName(product);
    case "ask":
      return amdName(`SEV-${product}`);
    case "asvk":
      return amdName(`SEV-VLEK-${product}`);
    case "vcek":
      return amdName("SEV-VCEK");
    case "vlek":
      return amdName("SEV-VLEK");
  }
}
