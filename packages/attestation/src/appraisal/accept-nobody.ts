// The policy of those who have none: it accepts nobody.
import type { AppraisalPolicy } from "../appraisal-policy.ts";

/** Refuses all evidence. To start from where a policy is built up, and for what must not accept before it is configured. */
export const acceptNobody: AppraisalPolicy = Object.freeze({
  name: "accept-nobody",
  references: Object.freeze([]),
  tcbStatuses: Object.freeze([]),
  advisories: Object.freeze([]),
  graceDays: 0,
  hardwareIds: Object.freeze([]),
  simulatedRoots: Object.freeze([]),
});
