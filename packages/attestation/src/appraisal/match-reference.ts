// Compares claims with one reference value, field by field; a field that is given must hold.
import type { ReferenceValue, SgxReference, SnpReference, TdxReference } from "../appraisal-policy.ts";
import type { Claims, SgxClaims, SnpClaims, TdxClaims } from "../claims.ts";
import type { ReferenceMiss } from "./policy-error.ts";

/** A miss, and whether it is only a version number below its minimum. */
export interface FieldMiss extends ReferenceMiss {
  readonly tooLow: boolean;
}

/** `tdAttributes` with nothing set but SEPT_VE_DISABLE (bit 28), little-endian. */
const defaultTdAttributes = ["0000001000000000"];

/** What of `reference` the claims miss; empty: they match. null: the reference is for another kind of TEE. */
export function matchReference(claims: Claims, reference: ReferenceValue): readonly FieldMiss[] | null {
  if (claims.tee === "sgx" && reference.tee === "sgx") return matchSgx(claims, reference);
  if (claims.tee === "tdx" && reference.tee === "tdx") return matchTdx(claims, reference);
  if (claims.tee === "snp" && reference.tee === "snp") return matchSnp(claims, reference);
  return null;
}

function matchSgx(claims: SgxClaims, reference: SgxReference): readonly FieldMiss[] {
  const misses = [
    oneOf("mrEnclave", claims.mrEnclave, reference.mrEnclave),
    oneOf("mrSigner", claims.mrSigner, reference.mrSigner),
    oneOf("isvProdId", claims.isvProdId, reference.isvProdId === undefined ? undefined : [reference.isvProdId]),
    atLeast("isvSvn", claims.isvSvn, reference.minIsvSvn),
    oneOf("configId", claims.configId, reference.configId),
  ].flat();
  const signerAlone = reference.mrEnclave === undefined;
  const incomplete =
    signerAlone &&
    (reference.mrSigner === undefined || reference.isvProdId === undefined || reference.minIsvSvn === undefined);
  if (!incomplete) return misses;
  // A signer signs many enclaves: without product and version, the reference names nothing in particular.
  const expected = "mrEnclave, or mrSigner with isvProdId and minIsvSvn, in the reference value";
  return [...misses, { field: "mrEnclave", found: claims.mrEnclave, expected, tooLow: false }];
}

function matchTdx(claims: TdxClaims, reference: TdxReference): readonly FieldMiss[] {
  return [
    oneOf("mrTd", claims.mrTd, reference.mrTd),
    ...(reference.rtmr ?? []).map((allowed, index) =>
      oneOf(`rtmr[${index}]`, claims.rtmr[index] ?? "none", allowed ?? undefined),
    ),
    oneOf("mrConfigId", claims.mrConfigId, reference.mrConfigId),
    oneOf("mrSeam", claims.mrSeam, reference.mrSeam),
    oneOf("tdAttributes", claims.tdAttributes, reference.tdAttributes ?? defaultTdAttributes),
  ].flat();
}

function matchSnp(claims: SnpClaims, reference: SnpReference): readonly FieldMiss[] {
  const { minTcb } = reference;
  return [
    oneOf("measurement", claims.measurement, reference.measurement),
    oneOf("hostData", claims.hostData, reference.hostData),
    oneOf("idKeyDigest", claims.idKeyDigest, reference.idKeyDigest),
    atLeast("guestSvn", claims.guestSvn, reference.minGuestSvn),
    oneOf("vmpl", claims.vmpl, reference.vmpl),
    withoutMigration(claims.policy),
    atLeast("reportedTcb.bootLoader", claims.reportedTcb.bootLoader, minTcb.bootLoader),
    atLeast("reportedTcb.tee", claims.reportedTcb.tee, minTcb.tee),
    atLeast("reportedTcb.snp", claims.reportedTcb.snp, minTcb.snp),
    atLeast("reportedTcb.microcode", claims.reportedTcb.microcode, minTcb.microcode),
  ].flat();
}

/** A guest that allows a migration agent (MIGRATE_MA) gives its state to another guest, which nobody appraised. */
function withoutMigration(policy: string): readonly FieldMiss[] {
  if ((BigInt(`0x${policy}`) & (1n << 18n)) === 0n) return [];
  return [{ field: "policy", found: policy, expected: "a guest policy without MIGRATE_MA", tooLow: false }];
}

/** An empty list allows nothing. Both sides are of fixed width, so that equal text is equal bytes. */
function oneOf<T extends string | number>(
  field: string,
  found: T,
  allowed: readonly T[] | undefined,
): readonly FieldMiss[] {
  if (allowed === undefined || allowed.includes(found)) return [];
  return [{ field, found: `${found}`, expected: allowed.join(" or ") || "nothing", tooLow: false }];
}

function atLeast(field: string, found: number, minimum: number | undefined): readonly FieldMiss[] {
  if (minimum === undefined || found >= minimum) return [];
  return [{ field, found: `${found}`, expected: `at least ${minimum}`, tooLow: true }];
}
