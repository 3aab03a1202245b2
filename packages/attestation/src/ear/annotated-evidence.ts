// Claims under the names that Trustee gives them in its tokens, for policies written against those.
import type { AttestationResult } from "../attestation-result.ts";
import type { SgxClaims, SnpClaims, TdxClaims } from "../claims.ts";

/** The value of `ear.veraison.annotated-evidence`: one record named after the TEE, and what the attester bound to its report data. */
export function annotate(result: AttestationResult, runtimeData: object | null): Readonly<Record<string, unknown>> {
  const { claims } = result;
  const tcb = { tcb_status: result.tcbStatus, advisory_ids: result.advisories, collateral_expiration_status: "0" };
  const runtime = runtimeData === null ? {} : { runtime_data_claims: runtimeData };
  switch (claims.tee) {
    case "sgx":
      return { sgx: { body: sgxBody(claims), ...tcb }, ...runtime };
    case "tdx":
      return { tdx: { quote: { body: tdxBody(claims) }, ...tcb }, ...runtime };
    case "snp":
      return { snp: snpReport(claims), ...runtime };
  }
}

function sgxBody(claims: SgxClaims): object {
  return {
    mr_enclave: claims.mrEnclave,
    mr_signer: claims.mrSigner,
    isv_prod_id: claims.isvProdId,
    isv_svn: claims.isvSvn,
    config_id: claims.configId,
    attributes: claims.attributes,
    report_data: claims.reportData,
  };
}

function tdxBody(claims: TdxClaims): object {
  const [rtmr_0, rtmr_1, rtmr_2, rtmr_3] = claims.rtmr;
  return {
    mr_td: claims.mrTd,
    ...{ rtmr_0, rtmr_1, rtmr_2, rtmr_3 },
    mr_config_id: claims.mrConfigId,
    mr_owner: claims.mrOwner,
    mr_owner_config: claims.mrOwnerConfig,
    mr_seam: claims.mrSeam,
    tcb_svn: claims.teeTcbSvn,
    td_attributes: claims.tdAttributes,
    xfam: claims.xfam,
    report_data: claims.reportData,
  };
}

function snpReport(claims: SnpClaims): object {
  return {
    measurement: claims.measurement,
    host_data: claims.hostData,
    id_key_digest: claims.idKeyDigest,
    author_key_digest: claims.authorKeyDigest,
    guest_svn: claims.guestSvn,
    vmpl: claims.vmpl,
    reported_tcb_bootloader: claims.reportedTcb.bootLoader,
    reported_tcb_tee: claims.reportedTcb.tee,
    reported_tcb_snp: claims.reportedTcb.snp,
    reported_tcb_microcode: claims.reportedTcb.microcode,
    policy_debug_allowed: claims.debug,
    report_data: claims.reportData,
  };
}
