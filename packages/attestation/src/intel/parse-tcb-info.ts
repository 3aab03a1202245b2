// The text of a TCB info becomes values.
import { toHex } from "../hex.ts";
import type { JsonRecord } from "./json-record.ts";
import { mostLevels, readPlatformVerdict, readSvnLevels } from "./parse-levels.ts";
import { parseStrictJson } from "./strict-json.ts";
import type { TcbInfo, TcbLevel, TdxModule, TdxModuleIdentity } from "./tcb-info.ts";

const what = "TCB info";
const componentCount = 16;

/** Parses the value of `tcbInfo`, version 3, or version 2 for SGX. Throws `CollateralError`: `malformed`, `too-large`, `status-unknown`. */
export function parseTcbInfo(text: string): TcbInfo {
  const record = parseStrictJson(what, text);
  const version = readVersion(record);
  const id = version === 2 ? "SGX" : (record.oneOf("id", ["SGX", "TDX"]) ?? record.fail("'id' is neither SGX nor TDX"));
  if (record.integer("tcbType", 0xffff) !== 0) record.fail("'tcbType' is not 0");
  const info: TcbInfo = {
    id,
    issueDate: record.date("issueDate"),
    nextUpdate: record.date("nextUpdate"),
    fmspc: toHex(record.bytes("fmspc", 6)),
    pceId: toHex(record.bytes("pceId", 2)),
    tcbEvaluationDataNumber: record.integer("tcbEvaluationDataNumber", 0xffff_ffff),
    levels: record
      .records("tcbLevels", mostLevels)
      .map((level) => readLevel(level, version, id))
      .sort(bestFirst),
    ...(id === "TDX" ? readModules(record) : { tdxModule: null, tdxModuleIdentities: [] }),
  };
  record.end();
  return info;
}

function readVersion(record: JsonRecord): 2 | 3 {
  const version = record.integer("version", 0xffff);
  return version === 2 || version === 3 ? version : record.fail("'version' is neither 2 nor 3");
}

function readLevel(level: JsonRecord, version: 2 | 3, id: "SGX" | "TDX"): TcbLevel {
  const tcb = level.record("tcb");
  const sgx = version === 2 ? readNumberedComponents(tcb) : readComponents(tcb, "sgxtcbcomponents");
  const pceSvn = tcb.integer("pcesvn", 0xffff);
  const tdx = id === "TDX" ? readComponents(tcb, "tdxtcbcomponents") : null;
  tcb.end();
  const verdict = readPlatformVerdict(what, level);
  level.end();
  return { sgx, pceSvn, tdx, ...verdict };
}

function readComponents(tcb: JsonRecord, name: string): readonly number[] {
  const components = tcb.records(name, componentCount);
  if (components.length !== componentCount) tcb.fail(`'${name}' has not ${componentCount} components`);
  return components.map((component) => {
    const svn = component.integer("svn", 255);
    // For people.
    for (const label of ["category", "type"]) if (component.has(label)) component.text(label);
    component.end();
    return svn;
  });
}

/** Version 2 has a field for each component: sgxtcbcomp01svn to sgxtcbcomp16svn. */
function readNumberedComponents(tcb: JsonRecord): readonly number[] {
  return Array.from({ length: componentCount }, (_, i) =>
    tcb.integer(`sgxtcbcomp${String(i + 1).padStart(2, "0")}svn`, 255),
  );
}

function readModules(record: JsonRecord): Pick<TcbInfo, "tdxModule" | "tdxModuleIdentities"> {
  const module = record.record("tdxModule");
  const tdxModule = readModule(module);
  module.end();
  const identities = record.has("tdxModuleIdentities") ? record.records("tdxModuleIdentities", 256) : [];
  return { tdxModule, tdxModuleIdentities: identities.map(readIdentity) };
}

function readIdentity(record: JsonRecord): TdxModuleIdentity {
  const id = record.text("id").toUpperCase();
  if (!/^TDX_[0-9A-F]{2}$/.test(id)) record.fail("'id' is not TDX_ and two hex digits");
  const identity = { id, ...readModule(record), levels: readSvnLevels(`TDX module ${id}`, record) };
  record.end();
  return identity;
}

function readModule(record: JsonRecord): TdxModule {
  return {
    mrSigner: record.bytes("mrsigner", 48),
    attributes: record.bytes("attributes", 8),
    attributesMask: record.bytes("attributesMask", 8),
  };
}

/** By the SGX components, then the PCE's number, then the TDX components, as Intel's library sorts them. */
function bestFirst(a: TcbLevel, b: TcbLevel): number {
  return compare(b.sgx, a.sgx) || b.pceSvn - a.pceSvn || compare(b.tdx ?? [], a.tdx ?? []);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, number] of a.entries()) {
    const difference = number - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
