// The report body of an SGX enclave, in quotes of enclaves and as the quoting enclave's own report.
import { ByteCursor, type Bytes } from "@sealserve/primitives";

export const sgxBodyLength = 384;

export interface SgxBody {
  readonly tee: "sgx";
  /** All 384 bytes. */
  readonly bytes: Bytes;
  readonly cpuSvn: Bytes;
  readonly miscSelect: Bytes;
  /** Flags and XFRM, 8 bytes each. */
  readonly attributes: Bytes;
  readonly debug: boolean;
  readonly mrEnclave: Bytes;
  readonly mrSigner: Bytes;
  readonly configId: Bytes;
  readonly isvProdId: number;
  readonly isvSvn: number;
  readonly configSvn: number;
  readonly reportData: Bytes;
}

const debugFlag = 0x02;

/** `bytes` are exactly {@link sgxBodyLength}; throws `TruncatedError` if fewer. */
export function readSgxBody(bytes: Bytes): SgxBody {
  const cursor = new ByteCursor(bytes);
  const cpuSvn = cursor.take(16);
  const miscSelect = cursor.take(4);
  cursor.take(12 + 16);
  const attributes = cursor.take(16);
  const mrEnclave = cursor.take(32);
  cursor.take(32);
  const mrSigner = cursor.take(32);
  cursor.take(32);
  const configId = cursor.take(64);
  const isvProdId = cursor.uint16le();
  const isvSvn = cursor.uint16le();
  const configSvn = cursor.uint16le();
  cursor.take(42 + 16);
  const reportData = cursor.take(64);
  const debug = ((attributes[0] ?? 0xff) & debugFlag) !== 0;
  return {
    ...{ tee: "sgx", bytes, cpuSvn, miscSelect, attributes, debug, mrEnclave, mrSigner, configId },
    ...{ isvProdId, isvSvn, configSvn, reportData },
  };
}
