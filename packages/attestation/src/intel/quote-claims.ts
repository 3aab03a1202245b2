// What a quote says of the TEE that asked for it, as claims.
import type { SgxClaims, TdxClaims } from "../claims.ts";
import { toHex } from "../hex.ts";
import type { PckExtension } from "./pck-extension.ts";
import type { Quote } from "./quote.ts";
import type { SgxBody } from "./sgx-body.ts";
import type { TdBody } from "./td-body.ts";

export function toClaims({ body }: Quote, pck: PckExtension): SgxClaims | TdxClaims {
  const hardwareId = toHex(pck.platformInstanceId ?? pck.ppid);
  return body.tee === "sgx" ? sgxClaims(body, hardwareId) : tdxClaims(body, hardwareId);
}

function sgxClaims(body: SgxBody, hardwareId: string): SgxClaims {
  return {
    tee: "sgx",
    reportData: toHex(body.reportData),
    debug: body.debug,
    hardwareId,
    mrEnclave: toHex(body.mrEnclave),
    mrSigner: toHex(body.mrSigner),
    isvProdId: body.isvProdId,
    isvSvn: body.isvSvn,
    configId: toHex(body.configId),
    attributes: toHex(body.attributes),
  };
}

function tdxClaims(body: TdBody, hardwareId: string): TdxClaims {
  const [rtmr0, rtmr1, rtmr2, rtmr3] = body.rtmr;
  return {
    tee: "tdx",
    reportData: toHex(body.reportData),
    debug: body.debug,
    hardwareId,
    mrTd: toHex(body.mrTd),
    rtmr: [toHex(rtmr0), toHex(rtmr1), toHex(rtmr2), toHex(rtmr3)],
    mrConfigId: toHex(body.mrConfigId),
    mrOwner: toHex(body.mrOwner),
    mrOwnerConfig: toHex(body.mrOwnerConfig),
    mrSeam: toHex(body.mrSeam),
    teeTcbSvn: toHex(body.teeTcbSvn),
    tdAttributes: toHex(body.tdAttributes),
    xfam: toHex(body.xfam),
    mrServiceTd: body.current && toHex(body.current.mrServiceTd),
  };
}
