// A clock that goes back makes old collateral young again: it is noticed by what was signed, and seen, since.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMockHardware } from "@sealserve/mock-tee";
import { createVerifier } from "./create-verifier.ts";
import { toReportData } from "./report-data.ts";
import { rememberSignedTimes } from "./signed-times.ts";

const never = new AbortController().signal;
const mrTd = "ab".repeat(48);
const expected = toReportData(new Uint8Array(64).fill(1));
const day = 86_400_000;

test("a clock behind what was signed is refused, though the collateral holds at the time that it says (B17)", async () => {
  let now = new Date("2026-06-10T12:00:00Z");
  const hardware = createMockHardware({ measurements: { tee: "tdx", mrTd, debug: false } }, { now: () => now });
  const { attester, authority } = hardware;
  const policy = {
    name: "p",
    references: [{ tee: "tdx", name: "r", mrTd: [mrTd] }],
    tcbStatuses: ["UpToDate"],
    advisories: [],
    graceDays: 0,
    hardwareIds: null,
    simulatedRoots: [authority.anchor.sha256],
  } as const;
  const verifier = createVerifier({ anchors: [authority.anchor], collateral: authority.source });
  const verify = async () => verifier.verify(await attester.evidence(expected), expected, policy, now, never);
  await verify();
  // The host sets the clock back, and brings collateral that was current then.
  now = new Date(now.getTime() - 2 * day);
  await assert.rejects(verify(), { code: "clock-behind" });
  now = new Date(now.getTime() + 3 * day);
  await verify();
});

test("the latest time stays, and other roots have other times", () => {
  const times = rememberSignedTimes();
  const [earlier, later] = [new Date(0), new Date(1000)];
  times.saw("a", later);
  times.saw("a", earlier);
  assert.deepEqual([times.latest("a"), times.latest("b")], [later, null]);
});
