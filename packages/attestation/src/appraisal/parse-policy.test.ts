// Policy files are taken whole or refused whole, and every fault is told with its key.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { parsePolicy } from "./parse-policy.ts";
import { isPolicyError } from "./policy-error.ts";

const h = (byte: string, bytes: number): string => byte.repeat(bytes);
const whole = {
  name: "whole",
  references: [
    { tee: "sgx", name: "enclave", mrEnclave: [h("00", 32)], configId: [h("0a", 64)] },
    { tee: "sgx", name: "signer", mrSigner: [h("51", 32)], isvProdId: 0, minIsvSvn: 65535 },
    {
      tee: "tdx",
      name: "image",
      mrTd: [h("d1", 48)],
      rtmr: [null, [h("11", 48)]],
      mrConfigId: [h("c1", 48)],
      mrSeam: [h("5e", 48)],
      tdAttributes: [h("00", 8)],
    },
    {
      tee: "snp",
      name: "guest",
      measurement: [h("3e", 48)],
      hostData: [h("0d", 32)],
      idKeyDigest: [h("1d", 48)],
      minGuestSvn: 1,
      vmpl: [0, 1],
      minTcb: { bootLoader: 4, tee: 0, snp: 22, microcode: 213 },
    },
  ],
  tcbStatuses: ["UpToDate", "SWHardeningNeeded"],
  advisories: ["INTEL-SA-00615"],
  graceDays: 30,
  maxCollateralAgeDays: 14,
  hardwareIds: [h("a1", 16), h("c4", 64)],
  simulatedRoots: [h("77", 32)],
};

test("a policy that says all is read as it stands", () => {
  assert.deepEqual(parsePolicy(whole), whole);
  assert.deepEqual(parsePolicy(JSON.parse(JSON.stringify(whole))), whole);
});

test("what may be left out takes its strictest value", () => {
  const least = { name: "least", references: [], tcbStatuses: [], hardwareIds: null };
  assert.deepEqual(parsePolicy(least), { ...least, advisories: [], graceDays: 0, simulatedRoots: [] });
});

function faultyKeys(data: unknown): readonly string[] {
  try {
    parsePolicy(data);
  } catch (error) {
    assert.ok(isPolicyError(error) && error.code === "policy-malformed");
    return error.facts.faults.map(({ key }) => key);
  }
  return [];
}

suite("C11: a policy file is refused, and the key named", () => {
  const [enclave, signer, image, guest] = whole.references;
  const withReference = (reference: object) => ({ ...whole, references: [reference] });
  const cases: readonly (readonly [string, unknown, readonly string[]])[] = [
    ["an unknown field", { ...whole, extra: 1 }, ["extra"]],
    ["a typo", { ...whole, tcbStatus: [] }, ["tcbStatus"]],
    ["a missing field", { name: "x", references: [], tcbStatuses: [] }, ["hardwareIds"]],
    ["nothing", {}, ["name", "references", "tcbStatuses", "hardwareIds"]],
    ["`any` for a list", { ...whole, hardwareIds: "any" }, ["hardwareIds"]],
    ["`any` in a list", { ...whole, hardwareIds: ["any"] }, ["hardwareIds[0]"]],
    ["an unknown status", { ...whole, tcbStatuses: ["UpToDate", "Fine"] }, ["tcbStatuses[1]"]],
    ["Revoked", { ...whole, tcbStatuses: ["Revoked"] }, ["tcbStatuses[0]"]],
    ["a status twice", { ...whole, tcbStatuses: ["UpToDate", "UpToDate"] }, ["tcbStatuses[1]"]],
    ["an advisory of no form", { ...whole, advisories: ["SA-615"] }, ["advisories[0]"]],
    ["a grace without end", { ...whole, graceDays: 1e6 }, ["graceDays"]],
    ["a negative grace", { ...whole, graceDays: -1 }, ["graceDays"]],
    ["a fraction of a day", { ...whole, graceDays: 1.5 }, ["graceDays"]],
    ["collateral of no age", { ...whole, maxCollateralAgeDays: 0 }, ["maxCollateralAgeDays"]],
    ["collateral of any age", { ...whole, maxCollateralAgeDays: null }, ["maxCollateralAgeDays"]],
    ["an age without end", { ...whole, maxCollateralAgeDays: 366 }, ["maxCollateralAgeDays"]],
    ["an age as text", { ...whole, maxCollateralAgeDays: "14" }, ["maxCollateralAgeDays"]],
    ["a name that forges lines", { ...whole, name: "a\nb" }, ["name"]],
    ["a root too short", { ...whole, simulatedRoots: [h("77", 31)] }, ["simulatedRoots[0]"]],
    ["upper-case hex", { ...whole, simulatedRoots: [h("AA", 32)] }, ["simulatedRoots[0]"]],
    ["hex with a prefix", { ...whole, simulatedRoots: [`0x${h("77", 31)}`] }, ["simulatedRoots[0]"]],
    ["hex that YAML took for a number", { ...whole, simulatedRoots: [123456] }, ["simulatedRoots[0]"]],
    ["a root twice", { ...whole, simulatedRoots: [h("77", 32), h("77", 32)] }, ["simulatedRoots[1]"]],
    ["a TEE that is none", withReference({ ...enclave, tee: "sev" }), ["references[0].tee"]],
    [
      "MRENCLAVE without its leading 00",
      withReference({ ...enclave, mrEnclave: [h("00", 31)] }),
      ["references[0].mrEnclave[0]"],
    ],
    ["MRENCLAVE that is no list", withReference({ ...enclave, mrEnclave: h("00", 32) }), ["references[0].mrEnclave"]],
    ["a signer alone", withReference({ tee: "sgx", name: "s", mrSigner: [h("51", 32)] }), ["references[0]"]],
    ["neither enclave nor signer", withReference({ tee: "sgx", name: "s" }), ["references[0]"]],
    ["a version beyond 16 bits", withReference({ ...signer, minIsvSvn: 65536 }), ["references[0].minIsvSvn"]],
    ["a field of another TEE", withReference({ ...enclave, mrTd: [h("d1", 48)] }), ["references[0].mrTd"]],
    ["MRTD of SHA-256's width", withReference({ ...image, mrTd: [h("d1", 32)] }), ["references[0].mrTd[0]"]],
    ["five RTMRs", withReference({ ...image, rtmr: [null, null, null, null, null] }), ["references[0].rtmr"]],
    ["no MRTD", withReference({ tee: "tdx", name: "t" }), ["references[0].mrTd"]],
    ["no least patch levels", withReference({ tee: "snp", name: "g", measurement: [] }), ["references[0].minTcb"]],
    ["a typo in them", withReference({ ...guest, minTcb: { bootloader: 1 } }), ["references[0].minTcb.bootloader"]],
    ["VMPL 4", withReference({ ...guest, vmpl: [4] }), ["references[0].vmpl[0]"]],
    ["a reference that is no record", withReference([]), ["references[0].tee"]],
    ["a name twice", { ...whole, references: [enclave, { ...signer, name: "enclave" }] }, ["references[1].name"]],
    ["__proto__", JSON.parse(`{"__proto__": {"simulatedRoots": []}}`), ["__proto__"]],
  ];
  for (const [name, data, keys] of cases) {
    test(name, () => {
      const found = faultyKeys(data);
      for (const key of keys) assert.ok(found.includes(key), `${key} among ${found.join(", ")}`);
    });
  }
  for (const data of [null, undefined, 1, "policy", [], [whole]]) {
    test(`${JSON.stringify(data)?.slice(0, 20)} is no policy`, () => assert.ok(faultyKeys(data).length > 0));
  }
});

test("what stands on a prototype does not count", () => {
  const inherited = Object.create(whole);
  assert.deepEqual(faultyKeys(inherited), ["name", "references", "tcbStatuses", "hardwareIds"]);
});

test("whatever is given, the answer is a policy or a policy error", () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true }), (extra) => {
      for (const key of Object.keys(whole)) {
        try {
          parsePolicy({ ...whole, [key]: extra });
        } catch (error) {
          assert.ok(isPolicyError(error), String(error));
        }
      }
    }),
    { numRuns: 300 },
  );
});
