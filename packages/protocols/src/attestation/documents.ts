// The JSON documents of the attestation endpoint, both ways; bytes are base64url without padding.
import type { Collateral, Evidence } from "@sealserve/attestation";
import { InferenceError } from "@sealserve/inference";
import { type Bytes, strictTextOf, utf8 } from "@sealserve/primitives";
import { fromBase64Url, toBase64Url } from "./base64-url.ts";

export interface AttestationDocument {
  readonly evidence: Evidence;
  /** The exact bytes whose SHA-512 is the report data. */
  readonly preimage: Bytes;
  /** What the server has at hand to judge its evidence by; null: nothing. */
  readonly collateral: Collateral | null;
}

export interface AttestationArguments {
  /** 32 bytes. */
  readonly nonce: Bytes;
  /** Bound to the server's sealing key alone, for who cannot see the connection; left out: to the connection, where there is one. */
  readonly purpose?: "sealed-http";
}

const nonceBytes = 32;
/** A certificate table of the host has a handful. */
const maxCertificates = 16;

export function writeArguments({ nonce, purpose }: AttestationArguments): Bytes {
  return utf8(JSON.stringify({ nonce: toBase64Url(nonce), purpose }));
}

/** Throws `malformed` unless there is a nonce of 32 bytes and nothing else but a known purpose. */
export function readArguments(body: Bytes): AttestationArguments {
  const fields = new Fields(parse(body), "the request", ["nonce", "purpose"]);
  const nonce = fields.bytes("nonce");
  if (nonce.length !== nonceBytes) {
    throw malformed(`'nonce' must be ${nonceBytes} bytes in base64url, but has ${nonce.length}`);
  }
  const purpose = fields.value("purpose");
  if (purpose === undefined) return { nonce };
  if (purpose !== "sealed-http") throw malformed("'purpose' must be sealed-http, or left out");
  return { nonce, purpose };
}

export function writeDocument({ evidence, preimage, collateral }: AttestationDocument): Bytes {
  return utf8(
    JSON.stringify({
      version: 1,
      evidence: encode(evidence),
      preimage: toBase64Url(preimage),
      collateral: collateral && encode(collateral),
    }),
  );
}

/** Throws `malformed`. What it says is not believed yet. */
export function readDocument(body: Bytes): AttestationDocument {
  const fields = new Fields(parse(body), "the answer", ["version", "evidence", "preimage", "collateral"]);
  if (fields.value("version") !== 1) throw malformed("'version' must be 1");
  const collateral = fields.value("collateral");
  return {
    evidence: readEvidence(fields.value("evidence")),
    preimage: fields.bytes("preimage"),
    collateral: collateral === null ? null : readCollateral(collateral),
  };
}

function readEvidence(value: unknown): Evidence {
  const fields = new Fields(value, "'evidence'", ["tee", "quote", "report", "certificates"]);
  const tee = fields.value("tee");
  if (tee === "sgx" || tee === "tdx") return { tee, quote: fields.bytes("quote") };
  if (tee === "snp") return { tee, report: fields.bytes("report"), certificates: fields.list("certificates") };
  throw malformed("'tee' must be sgx, tdx or snp");
}

function readCollateral(value: unknown): Collateral {
  const names = [...dcapTexts, "kind", "rootCaCrl", "pckCrl", "pckCertificateChain", "certificates", "crl"];
  const fields = new Fields(value, "'collateral'", names);
  const kind = fields.value("kind");
  if (kind === "snp") {
    return {
      kind,
      certificates: fields.list("certificates"),
      crl: fields.value("crl") === null ? null : fields.bytes("crl"),
    };
  }
  if (kind !== "dcap") throw malformed("'kind' must be dcap or snp");
  const chain = fields.value("pckCertificateChain");
  return {
    kind,
    tcbInfo: fields.text("tcbInfo"),
    tcbInfoSignature: fields.text("tcbInfoSignature"),
    tcbInfoIssuerChain: fields.text("tcbInfoIssuerChain"),
    qeIdentity: fields.text("qeIdentity"),
    qeIdentitySignature: fields.text("qeIdentitySignature"),
    qeIdentityIssuerChain: fields.text("qeIdentityIssuerChain"),
    rootCaCrl: fields.bytes("rootCaCrl"),
    pckCrl: fields.bytes("pckCrl"),
    pckCrlIssuerChain: fields.text("pckCrlIssuerChain"),
    ...(chain === undefined ? {} : { pckCertificateChain: fields.text("pckCertificateChain") }),
  };
}

const dcapTexts = [
  "tcbInfo",
  "tcbInfoSignature",
  "tcbInfoIssuerChain",
  "qeIdentity",
  "qeIdentitySignature",
  "qeIdentityIssuerChain",
  "pckCrlIssuerChain",
];

/** An object of a document, its fields read by name and type; fields that are not known are refused. */
class Fields {
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(value: unknown, what: string, known: readonly string[]) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw malformed(`${what} must be a JSON object`);
    }
    this.#fields = new Map(Object.entries(value));
    for (const name of this.#fields.keys()) {
      if (!known.includes(name)) throw malformed(`${what} has an unknown field; known are ${known.join(", ")}`);
    }
  }

  value(name: string): unknown {
    return this.#fields.get(name);
  }

  text(name: string): string {
    const value = this.#fields.get(name);
    if (typeof value !== "string") throw malformed(`'${name}' must be a string`);
    return value;
  }

  bytes(name: string): Bytes {
    return fromBase64Url(this.text(name), name);
  }

  list(name: string): readonly Bytes[] {
    const value = this.#fields.get(name);
    if (!Array.isArray(value) || value.length > maxCertificates) {
      throw malformed(`'${name}' must be a list of at most ${maxCertificates} certificates`);
    }
    return value.map((each: unknown) => {
      if (typeof each !== "string") throw malformed(`'${name}' must hold strings`);
      return fromBase64Url(each, name);
    });
  }
}

/** Every array of bytes in it becomes text. */
function encode(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([name, field]: [string, unknown]) => [
      name,
      Array.isArray(field) ? field.map(encodeField) : encodeField(field),
    ]),
  );
}

function encodeField(field: unknown): unknown {
  return field instanceof Uint8Array ? toBase64Url(field) : field;
}

function parse(body: Bytes): unknown {
  try {
    return JSON.parse(strictTextOf(body));
  } catch (error) {
    throw new InferenceError("malformed", { problem: "the body is not a JSON document" }, error);
  }
}

function malformed(problem: string): InferenceError<"malformed"> {
  return new InferenceError("malformed", { problem });
}
