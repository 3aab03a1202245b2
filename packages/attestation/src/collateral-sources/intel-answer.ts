// Reads the answers of Intel's provisioning services: signed JSON documents, revocation lists, chains in headers.
import { type Bytes, reasonOf, textOf } from "@sealserve/primitives";
import { CollateralError } from "../collateral-error.ts";
import { fromHex } from "../hex.ts";
import { sliceMembers } from "./json-members.ts";

export interface SignedDocument {
  /** Exact text of the document, as it was signed. */
  readonly text: string;
  /** 128 hex digits. */
  readonly signature: string;
}

/** `{"<member>":{…},"signature":"…"}`. Throws {@link CollateralError} `malformed`. */
export function readSignedDocument(body: Bytes, member: "tcbInfo" | "enclaveIdentity", what: string): SignedDocument {
  let members: ReadonlyMap<string, string>;
  try {
    members = sliceMembers(textOf(body));
  } catch (error) {
    throw malformed(what, reasonOf(error), error);
  }
  const text = members.get(member);
  const signature = /^"([0-9a-fA-F]{128})"$/.exec(members.get("signature") ?? "")?.[1];
  if (text === undefined) throw malformed(what, `without member '${member}'`);
  if (signature === undefined) throw malformed(what, "without a signature of 128 hex digits");
  return { text, signature };
}

/** A revocation list as DER: PCS gives DER or PEM, a PCCS also hex. Throws {@link CollateralError} `malformed`. */
export function readCrlBody(body: Bytes, what: string): Bytes {
  // DER of a list begins with the bytes 30 82 or 30 81; "0" of hex is the byte 30 too, but 8 is not 82.
  if (body[0] === 0x30 && (body[1] ?? 0) > 0x7f) return body;
  const text = textOf(body).trim();
  const pem = /^-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----$/.exec(text)?.[1];
  const der = pem === undefined ? fromHex(text, text.length / 2) : fromBase64(pem.replaceAll(/\s/g, ""));
  if (der === null || der.length === 0) throw malformed(what, "not a revocation list in DER, PEM or hex");
  return der;
}

function fromBase64(text: string): Bytes | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

/** The PEM chain that a header holds, URL-encoded. Throws {@link CollateralError} `malformed` if no header of `names` is there. */
export function readChainHeader(headers: Headers, names: readonly string[], what: string): string {
  const encoded = names.map((name) => headers.get(name)).find((value) => value !== null);
  if (!encoded) throw malformed(what, `without header '${names[0]}'`);
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    throw malformed(what, `header '${names[0]}' is not URL-encoded`, error);
  }
}

function malformed(what: string, problem: string, cause?: unknown): CollateralError {
  return new CollateralError("malformed", { what, problem }, cause);
}
