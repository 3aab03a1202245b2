// What clients and owners need to trust simulated hardware, as files.
import type { ReferenceValue, TrustAnchor } from "@sealserve/attestation";
import type { DevState } from "./dev-state.ts";

/** Paths. */
export interface DevFiles {
  readonly trustAnchor: string;
  readonly policy: string;
  readonly reference: string;
  readonly adminKey: string;
}

export async function publishDevFiles(
  state: DevState,
  { anchor, reference }: { readonly anchor: TrustAnchor; readonly reference: ReferenceValue },
): Promise<DevFiles> {
  await state.publish("trust-anchor.json", anchor);
  await state.publish("reference.json", reference);
  await state.publish("policy.json", {
    name: "dev",
    references: [reference],
    tcbStatuses: ["UpToDate"],
    hardwareIds: null,
    simulatedRoots: [anchor.sha256],
  });
  return {
    trustAnchor: state.path("trust-anchor.json"),
    policy: state.path("policy.json"),
    reference: state.path("reference.json"),
    adminKey: state.path("admin.key"),
  };
}
