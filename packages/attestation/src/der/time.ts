// The two ways in which X.509 (RFC 5280, 4.1.2.5) writes a time.
import type { Bytes } from "@sealserve/primitives";
import { textOf } from "@sealserve/primitives";
import { DerError } from "./der-error.ts";
import { tag } from "./tag.ts";

const forms: Readonly<Record<number, RegExp>> = {
  [tag.utcTime]: /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
  [tag.generalizedTime]: /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
};

/** Milliseconds since 1970 of the content of a time. Throws {@link DerError}. `at`: where it stands, for the error. */
export function readTime(kind: number, content: Bytes, at: number): number {
  const found = forms[kind]?.exec(textOf(content));
  if (!found) throw new DerError(at, "a time that is not in X.509's form");
  const [digits = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number);
  const year = kind === tag.generalizedTime ? digits : digits < 50 ? 2000 + digits : 1900 + digits;
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  // The calendar must not have carried: 31 June is no date.
  const back = new Date(time);
  const same = back.getUTCMonth() === month - 1 && back.getUTCDate() === day && back.getUTCHours() === hour;
  if (!same || minute > 59 || second > 59 || year < 1950) throw new DerError(at, "a time that does not exist");
  return time;
}
