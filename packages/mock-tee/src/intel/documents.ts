// Intel's signed JSON documents, TCB info (v3) and enclave identity (v2), as plain values that a test may change before they are signed.
import type { TcbStatus } from "@sealserve/attestation";
import type { IntelPlatform } from "./platform.ts";

/** A value of JSON, to be changed at will. */
export type JsonDocument = Record<string, unknown>;

export interface TcbStanding {
  /** Status of the level that the platform reaches; any string, for what no verifier knows. */
  readonly status: TcbStatus | (string & {});
  readonly advisories: readonly string[];
  /** `tcbDate` of that level. */
  readonly date: Date;
}

export interface DocumentFacts {
  readonly tee: "sgx" | "tdx";
  readonly platform: IntelPlatform;
  readonly issueDate: Date;
  readonly nextUpdate: Date;
  readonly evaluationDataNumber: number;
  readonly platformStanding: TcbStanding;
  readonly moduleStanding: TcbStanding;
  readonly qeStanding: TcbStanding;
}

/** What the simulated TDX module reports, unless told otherwise: module SVN 5 of major version 1, loader SVN 2. */
export const defaultTeeTcbSvn: readonly number[] = [5, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/** What the simulated quoting enclave reports, unless told otherwise; the newest level asks for it. */
export const defaultQeSvn = 6;

export function tcbInfoDocument(facts: DocumentFacts): JsonDocument {
  const { platform, tee } = facts;
  const newest = platform.componentSvns;
  const older = newest.map((svn) => Math.max(0, svn - 1));
  return {
    id: tee === "sgx" ? "SGX" : "TDX",
    version: 3,
    issueDate: isoSeconds(facts.issueDate),
    nextUpdate: isoSeconds(facts.nextUpdate),
    fmspc: platform.fmspc.toUpperCase(),
    pceId: platform.pceId.toUpperCase(),
    tcbType: 0,
    tcbEvaluationDataNumber: facts.evaluationDataNumber,
    ...(tee === "tdx" ? tdxModules(facts.moduleStanding) : {}),
    tcbLevels: [
      level(platformTcb(tee, newest, platform.pceSvn, [5, 0, 2]), facts.platformStanding),
      level(platformTcb(tee, older, Math.max(0, platform.pceSvn - 2), [3, 0, 1]), outOfDate),
    ],
  };
}

export function qeIdentityDocument(facts: DocumentFacts): JsonDocument {
  const sgx = facts.tee === "sgx";
  return {
    id: sgx ? "QE" : "TD_QE",
    version: 2,
    issueDate: isoSeconds(facts.issueDate),
    nextUpdate: isoSeconds(facts.nextUpdate),
    tcbEvaluationDataNumber: facts.evaluationDataNumber,
    miscselect: "00000000",
    miscselectMask: "FFFFFFFF",
    attributes: "11000000000000000000000000000000",
    attributesMask: "FBFFFFFFFFFFFFFF0000000000000000",
    mrsigner: qeSigner(facts.tee).toUpperCase(),
    isvprodid: sgx ? 1 : 2,
    tcbLevels: [level({ isvsvn: defaultQeSvn }, facts.qeStanding), level({ isvsvn: 2 }, outOfDate)],
  };
}

/** MRSIGNER of the quoting enclaves: the true ones. */
export function qeSigner(tee: "sgx" | "tdx"): string {
  return tee === "sgx"
    ? "8c4f5775d796503e96137f77c68a829a0056ac8ded70140b081b094490c57bff"
    : "dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5";
}

/** Without fractions of a second, as Intel writes dates. */
function isoSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}

const outOfDate: TcbStanding = {
  status: "OutOfDate",
  advisories: ["INTEL-SA-00828"],
  date: new Date("2023-08-09T00:00:00Z"),
};

function level(tcb: JsonDocument, { status, advisories, date }: TcbStanding): JsonDocument {
  return {
    tcb,
    tcbDate: isoSeconds(date),
    tcbStatus: status,
    ...(advisories.length === 0 ? {} : { advisoryIDs: advisories }),
  };
}

function platformTcb(
  tee: "sgx" | "tdx",
  components: readonly number[],
  pcesvn: number,
  tdx: readonly number[],
): JsonDocument {
  const sixteen = (svns: readonly number[]): JsonDocument[] =>
    Array.from({ length: 16 }, (_, index) => ({ svn: svns[index] ?? 0 }));
  return {
    sgxtcbcomponents: sixteen(components),
    pcesvn,
    ...(tee === "tdx" ? { tdxtcbcomponents: sixteen(tdx) } : {}),
  };
}

function tdxModules(standing: TcbStanding): JsonDocument {
  const identity = { mrsigner: "0".repeat(96), attributes: "0".repeat(16), attributesMask: "F".repeat(16) };
  return {
    tdxModule: identity,
    tdxModuleIdentities: [
      { id: "TDX_03", ...identity, tcbLevels: [level({ isvsvn: 3 }, standing)] },
      { id: "TDX_01", ...identity, tcbLevels: [level({ isvsvn: 5 }, standing), level({ isvsvn: 2 }, outOfDate)] },
    ],
  };
}
