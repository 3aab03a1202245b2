// A moment from the command line.
import { UsageError } from "./usage-error.ts";

/** ISO 8601, in a form that leaves no doubt: "2025" or "1" would be times, too. Throws `UsageError`. */
export function readTime(text: string, flag: string): Date {
  const time = new Date(text);
  if (/^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(text) && !Number.isNaN(time.getTime())) return time;
  throw new UsageError(`${flag} must be a time such as 2025-07-01T00:00:00Z, not '${text}'`);
}
