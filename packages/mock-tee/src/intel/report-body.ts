// The bodies of Intel's reports: 384 bytes of an SGX enclave, 584 or 648 of a trust domain.
import type { Bytes } from "@sealserve/primitives";
import { fromHex } from "../hex.ts";
import { defaultTeeTcbSvn } from "./documents.ts";

/** Hex is of the field's width; what is left out is zero, or as production hardware has it. */
export interface SgxMeasurements {
  readonly tee: "sgx";
  /** 64 hex digits. */
  readonly mrEnclave?: string;
  readonly mrSigner?: string;
  readonly isvProdId?: number;
  readonly isvSvn?: number;
  /** 128 hex digits. */
  readonly configId?: string;
  readonly debug?: boolean;
  /** 32 hex digits: flags, then XFRM. */
  readonly attributes?: string;
  readonly miscSelect?: number;
}

export interface TdxMeasurements {
  readonly tee: "tdx";
  /** 96 hex digits each. */
  readonly mrTd?: string;
  readonly rtmr?: readonly string[];
  readonly mrConfigId?: string;
  readonly mrOwner?: string;
  readonly mrOwnerConfig?: string;
  readonly mrSeam?: string;
  readonly mrSignerSeam?: string;
  readonly mrServiceTd?: string;
  readonly debug?: boolean;
  /** 16 hex digits each. */
  readonly tdAttributes?: string;
  readonly seamAttributes?: string;
  readonly xfam?: string;
  /** 16 numbers each; the second is of TD 1.5 only. */
  readonly teeTcbSvn?: readonly number[];
  readonly teeTcbSvn2?: readonly number[];
}

/** 384 bytes. */
export function sgxBody(
  { debug, attributes, ...fields }: Omit<SgxMeasurements, "tee">,
  reportData: Bytes,
  cpuSvn: readonly number[],
): Bytes {
  const body = new Uint8Array(384);
  const view = new DataView(body.buffer);
  body.set(cpuSvn, 0);
  view.setUint32(16, fields.miscSelect ?? 0, true);
  body.set(
    hex(attributes ?? (debug ? "0700000000000000e700000000000000" : "0500000000000000e700000000000000"), 16),
    48,
  );
  body.set(hex(fields.mrEnclave, 32), 64);
  body.set(hex(fields.mrSigner, 32), 128);
  body.set(hex(fields.configId, 64), 192);
  view.setUint16(256, fields.isvProdId ?? 0, true);
  view.setUint16(258, fields.isvSvn ?? 0, true);
  body.set(reportData, 320);
  return body;
}

/** 584 bytes of TD 1.0, or 648 of TD 1.5. */
export function tdBody(fields: Omit<TdxMeasurements, "tee">, reportData: Bytes, version: "1.0" | "1.5"): Bytes {
  const body = new Uint8Array(version === "1.0" ? 584 : 648);
  const svns = fields.teeTcbSvn ?? defaultTeeTcbSvn;
  body.set(svns, 0);
  body.set(hex(fields.mrSeam ?? "5e".repeat(48), 48), 16);
  body.set(hex(fields.mrSignerSeam, 48), 64);
  body.set(hex(fields.seamAttributes, 8), 112);
  body.set(hex(fields.tdAttributes ?? (fields.debug ? "0100001000000000" : "0000001000000000"), 8), 120);
  body.set(hex(fields.xfam ?? "e702060000000000", 8), 128);
  body.set(hex(fields.mrTd, 48), 136);
  body.set(hex(fields.mrConfigId, 48), 184);
  body.set(hex(fields.mrOwner, 48), 232);
  body.set(hex(fields.mrOwnerConfig, 48), 280);
  for (let index = 0; index < 4; index++) body.set(hex(fields.rtmr?.[index], 48), 328 + 48 * index);
  body.set(reportData, 520);
  if (version === "1.5") {
    body.set(fields.teeTcbSvn2 ?? svns, 584);
    body.set(hex(fields.mrServiceTd, 48), 600);
  }
  return body;
}

function hex(text: string | undefined, width: number): Bytes {
  return text === undefined ? new Uint8Array(width) : fromHex(text, width);
}
