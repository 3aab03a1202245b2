// The report body of a trust domain, as TDX modules 1.0 and 1.5 write it.
import { ByteCursor, type Bytes } from "@sealserve/primitives";

export const td10BodyLength = 584;
export const td15BodyLength = 648;

export interface TdBody {
  readonly tee: "tdx";
  readonly bytes: Bytes;
  /** Of the module and loader that launched the TD: [0] module's SVN, [1] module's major version. */
  readonly teeTcbSvn: Bytes;
  readonly mrSeam: Bytes;
  readonly mrSignerSeam: Bytes;
  readonly seamAttributes: Bytes;
  readonly tdAttributes: Bytes;
  readonly debug: boolean;
  readonly xfam: Bytes;
  readonly mrTd: Bytes;
  readonly mrConfigId: Bytes;
  readonly mrOwner: Bytes;
  readonly mrOwnerConfig: Bytes;
  readonly rtmr: readonly [Bytes, Bytes, Bytes, Bytes];
  readonly reportData: Bytes;
  /** TD 1.5: of the module and loader that run now, and the measurement of the bound service TD. */
  readonly current: { readonly teeTcbSvn: Bytes; readonly mrServiceTd: Bytes } | null;
}

const debugFlag = 0x01;

/** `bytes` are exactly {@link td10BodyLength} or {@link td15BodyLength}; throws `TruncatedError` if fewer. */
export function readTdBody(bytes: Bytes): TdBody {
  const cursor = new ByteCursor(bytes);
  const teeTcbSvn = cursor.take(16);
  const mrSeam = cursor.take(48);
  const mrSignerSeam = cursor.take(48);
  const seamAttributes = cursor.take(8);
  const tdAttributes = cursor.take(8);
  const xfam = cursor.take(8);
  const mrTd = cursor.take(48);
  const mrConfigId = cursor.take(48);
  const mrOwner = cursor.take(48);
  const mrOwnerConfig = cursor.take(48);
  const rtmr = [cursor.take(48), cursor.take(48), cursor.take(48), cursor.take(48)] as const;
  const reportData = cursor.take(64);
  const current = bytes.length === td15BodyLength ? { teeTcbSvn: cursor.take(16), mrServiceTd: cursor.take(48) } : null;
  const debug = ((tdAttributes[0] ?? 0xff) & debugFlag) !== 0;
  return {
    ...{ tee: "tdx", bytes, teeTcbSvn, mrSeam, mrSignerSeam, seamAttributes, tdAttributes, debug, xfam, mrTd },
    ...{ mrConfigId, mrOwner, mrOwnerConfig, rtmr, reportData, current },
  };
}
