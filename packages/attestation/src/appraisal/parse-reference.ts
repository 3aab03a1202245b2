// Reads one reference value of a policy file.
import type { ReferenceValue, SgxReference, SnpReference, TdxReference } from "../appraisal-policy.ts";
import type { PolicyFault } from "./policy-error.ts";
import { choice, count, type FieldKind, hex, listOf, name, orNull } from "./policy-fields.ts";
import { PolicyRecord } from "./policy-record.ts";

const byte = count(0xff);
const word = count(0xffff);
const sgxKeys = ["tee", "name", "mrEnclave", "mrSigner", "isvProdId", "minIsvSvn", "configId"];
const tdxKeys = ["tee", "name", "mrTd", "rtmr", "mrConfigId", "mrSeam", "tdAttributes"];
const snpKeys = ["tee", "name", "measurement", "hostData", "idKeyDigest", "minGuestSvn", "vmpl", "minTcb"];

/** One of the three kinds, told apart by `tee`. */
export const reference: FieldKind<ReferenceValue> = {
  blank: { tee: "sgx", name: "" },
  read(value, key, faults) {
    const tee = typeof value === "object" && value !== null ? new Map(Object.entries(value)).get("tee") : undefined;
    switch (choice(["sgx", "tdx", "snp"]).read(tee, `${key}.tee`, faults)) {
      case "sgx":
        return readSgx(value, key, faults);
      case "tdx":
        return readTdx(value, key, faults);
      case "snp":
        return readSnp(value, key, faults);
    }
  },
};

function readSgx(value: unknown, key: string, faults: PolicyFault[]): SgxReference {
  const record = new PolicyRecord(value, key, sgxKeys, faults);
  const signerAlone = record.has("mrSigner") && record.has("isvProdId") && record.has("minIsvSvn");
  if (!record.has("mrEnclave") && !signerAlone) {
    faults.push({ key, problem: "must have mrEnclave, or mrSigner with isvProdId and minIsvSvn" });
  }
  return {
    tee: "sgx",
    name: record.required("name", name),
    ...record.optional("mrEnclave", listOf(hex(64))),
    ...record.optional("mrSigner", listOf(hex(64))),
    ...record.optional("isvProdId", word),
    ...record.optional("minIsvSvn", word),
    ...record.optional("configId", listOf(hex(128))),
  };
}

function readTdx(value: unknown, key: string, faults: PolicyFault[]): TdxReference {
  const record = new PolicyRecord(value, key, tdxKeys, faults);
  const read = {
    tee: "tdx",
    name: record.required("name", name),
    mrTd: record.required("mrTd", listOf(hex(96))),
    ...record.optional("rtmr", listOf(orNull(listOf(hex(96))))),
    ...record.optional("mrConfigId", listOf(hex(96))),
    ...record.optional("mrSeam", listOf(hex(96))),
    ...record.optional("tdAttributes", listOf(hex(16))),
  } as const;
  if ((read.rtmr?.length ?? 0) > 4) faults.push({ key: `${key}.rtmr`, problem: "must have at most 4 entries" });
  return read;
}

function readSnp(value: unknown, key: string, faults: PolicyFault[]): SnpReference {
  const record = new PolicyRecord(value, key, snpKeys, faults);
  return {
    tee: "snp",
    name: record.required("name", name),
    measurement: record.required("measurement", listOf(hex(96))),
    ...record.optional("hostData", listOf(hex(64))),
    ...record.optional("idKeyDigest", listOf(hex(96))),
    ...record.optional("minGuestSvn", count(0xffffffff)),
    ...record.optional("vmpl", listOf(count(3))),
    minTcb: record.required("minTcb", minTcb),
  };
}

const minTcb: FieldKind<SnpReference["minTcb"]> = {
  blank: {},
  read(value, key, faults) {
    const record = new PolicyRecord(value, key, ["bootLoader", "tee", "snp", "microcode"], faults);
    return {
      ...record.optional("bootLoader", byte),
      ...record.optional("tee", byte),
      ...record.optional("snp", byte),
      ...record.optional("microcode", byte),
    };
  },
};
