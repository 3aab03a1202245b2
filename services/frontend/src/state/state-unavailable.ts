// What a call is told where the desired state cannot be changed just now.
import { type DatabaseTrouble, troubleOf } from "@sealserve/database";
import { InferenceError } from "@sealserve/inference";

const reasons: Readonly<Record<DatabaseTrouble, string>> = {
  full: "its database is full",
  unreachable: "its database cannot be reached",
  busy: "its database is busy",
  "read-only": "its database takes no changes",
};

/** What the database itself said is for the log alone: it may name hosts and users. */
export function stateUnavailable(error: unknown): InferenceError<"unavailable"> {
  const trouble = troubleOf(error);
  const reason = trouble ? awayBecause(trouble) : "its database failed";
  return new InferenceError("unavailable", { what: "the desired state", reason }, error);
}

export function awayBecause(trouble: DatabaseTrouble): string {
  return reasons[trouble];
}
