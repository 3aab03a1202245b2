// Cases of patch levels: every status under a strict and a relaxed policy, convergence, TDX modules, relaunch (security cases, C1 to C8).
import type { AppraisalPolicy, TcbStatus } from "@sealserve/attestation";
import type { JsonDocument, TcbStanding } from "@sealserve/mock-tee";
import type { IntelChanges } from "../../fixtures/verifier-world.ts";
import type { VerifierCase } from "./verifier-case.ts";

const told = [
  "SWHardeningNeeded",
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
  "OutOfDate",
  "OutOfDateConfigurationNeeded",
] as const satisfies readonly TcbStatus[];

const relaxed: Partial<AppraisalPolicy> = {
  tcbStatuses: ["UpToDate", ...told, "TDRelaunchAdvised", "TDRelaunchAdvisedConfigurationNeeded"],
  advisories: ["INTEL-SA-00001", "INTEL-SA-00828"],
};

const advised = { advisories: ["INTEL-SA-00001"] };
const outdated: Partial<TcbStanding> = { status: "OutOfDate" };

/** Under a policy that accepts whatever may be accepted. */
const accept =
  (changes: IntelChanges): VerifierCase[2] =>
  (world) =>
    world.tdx({ policy: relaxed, ...changes });

/** A TD that was launched by an old module and loader; `current`: what runs now. */
const launchedBefore = (current: readonly number[], more: IntelChanges = {}): VerifierCase[2] =>
  accept({
    ...more,
    measurements: { tee: "tdx", teeTcbSvn: svns(3, 1, 1), teeTcbSvn2: current },
    quote: { version: 5, tdVersion: "1.5", ...more.quote },
  });

function svns(...first: readonly number[]): readonly number[] {
  return Array.from({ length: 16 }, (_, index) => first[index] ?? 0);
}

function withoutModules(document: JsonDocument): void {
  document["tdxModuleIdentities"] = [];
}

export const tcbCases: readonly VerifierCase[] = [
  ...told.flatMap((status): readonly VerifierCase[] => [
    [`C1 ${status}, strict`, "tcb-status-refused", (w) => w.sgx({ collateral: { platform: { status } } })],
    [`C1 ${status}, relaxed`, status, (w) => w.sgx({ collateral: { platform: { status } }, policy: relaxed })],
  ]),
  ["C1 Revoked, relaxed", "tcb-status-refused", accept({ collateral: { platform: { status: "Revoked" } } })],
  [
    "C1 Revoked, by a policy that names it",
    "tcb-status-refused",
    (w) => w.tdx({ collateral: { platform: { status: "Revoked" } }, policy: { tcbStatuses: ["Revoked"] } }),
  ],
  [
    "C1 below all levels",
    "tcb-not-supported",
    accept({
      intel: { platform: { pceSvn: 13 } },
      collateral: {
        editTcbInfo: (d) => {
          d["tcbLevels"] = [];
        },
      },
    }),
  ],
  [
    "C3 an older module of a known version",
    "OutOfDate",
    accept({ measurements: { tee: "tdx", teeTcbSvn: svns(3, 1, 2) } }),
  ],
  ["C3 a module of version 0", "UpToDate", accept({ measurements: { tee: "tdx", teeTcbSvn: svns(5, 0, 2) } })],
  ["C3 an older module of version 0", "OutOfDate", accept({ measurements: { tee: "tdx", teeTcbSvn: svns(4, 0, 2) } })],
  [
    "C3 a module of no known version",
    "tdx-module-mismatch",
    accept({ measurements: { tee: "tdx", teeTcbSvn: svns(5, 2, 2) } }),
  ],
  ["C3 no module identities", "tdx-module-mismatch", accept({ collateral: { editTcbInfo: withoutModules } })],
  [
    "C3 a module of another signer",
    "tdx-module-mismatch",
    accept({ measurements: { tee: "tdx", mrSignerSeam: "ab".repeat(48) } }),
  ],
  [
    "C3 a module with attributes",
    "tdx-module-mismatch",
    accept({ measurements: { tee: "tdx", seamAttributes: "0100000000000000" } }),
  ],
  [
    "C3 a module below all levels",
    "tcb-not-supported",
    accept({ measurements: { tee: "tdx", teeTcbSvn: svns(1, 1, 2) } }),
  ],
  [
    "C3 a loader below all levels",
    "tcb-not-supported",
    accept({ measurements: { tee: "tdx", teeTcbSvn: svns(5, 1, 0) } }),
  ],
  ["C3 a module that is revoked", "tcb-status-refused", accept({ collateral: { module: { status: "Revoked" } } })],
  ["C4 relaunch would help", "TDRelaunchAdvised", launchedBefore(svns(5, 1, 2))],
  [
    "C4 relaunch would help, and so would the configuration",
    "TDRelaunchAdvisedConfigurationNeeded",
    launchedBefore(svns(5, 1, 2), { collateral: { platform: { status: "ConfigurationNeeded" } } }),
  ],
  ["C4 what runs now is old too", "OutOfDate", launchedBefore(svns(4, 1, 2))],
  ["C4 the loader that runs now is old too", "OutOfDate", launchedBefore(svns(5, 1, 1))],
  [
    "C4 TD 1.0 does not tell what runs now",
    "OutOfDate",
    launchedBefore(svns(5, 1, 2), { quote: { tdVersion: "1.0" } }),
  ],
  [
    "C4 relaunch does not help the quoting enclave",
    "OutOfDate",
    launchedBefore(svns(5, 1, 2), { quote: { qeSvn: 3 } }),
  ],
  ["C4 relaunch, strict", "tcb-status-refused", launchedBefore(svns(5, 1, 2), { policy: {} })],
  ["C5 an older quoting enclave", "OutOfDate", accept({ quote: { qeSvn: 3 } })],
  [
    "C5 an older quoting enclave, and a configuration",
    "OutOfDateConfigurationNeeded",
    accept({ quote: { qeSvn: 3 }, collateral: { platform: { status: "ConfigurationNeeded" } } }),
  ],
  ["C5 a quoting enclave that is revoked", "tcb-status-refused", accept({ collateral: { qe: { status: "Revoked" } } })],
  ["C5 a quoting enclave below all levels", "tcb-not-supported", accept({ quote: { qeSvn: 1 } })],
  [
    "a quoting enclave of another signer",
    "qe-identity-mismatch",
    accept({ quote: { qe: { mrSigner: "ab".repeat(32) } } }),
  ],
  ["C7 an advisory that is allowed", "OutOfDate", accept({ collateral: { platform: { ...outdated, ...advised } } })],
  [
    "C7 one advisory of two is allowed",
    "advisory-refused",
    accept({ collateral: { platform: { ...outdated, advisories: ["INTEL-SA-00001", "INTEL-SA-00002"] } } }),
  ],
  ["C8 a status that nobody knows", "status-unknown", accept({ collateral: { platform: { status: "Fine" } } })],
  [
    "C8 a module's status that nobody knows",
    "status-unknown",
    accept({ collateral: { module: { status: "uptodate" } } }),
  ],
];
