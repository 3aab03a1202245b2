// PostgreSQL's password from a file that the URL names, so that no configuration and no environment holds it.
import { readFileSync } from "node:fs";

const parameter = "passwordFile";

/** `postgres://user@host/database?passwordFile=PATH` with the file's first line as the password; any other URL as it is. */
export function withPlacedPassword(location: string): string {
  const url = URL.parse(location);
  const file = url?.searchParams.get(parameter) ?? null;
  if (!url || file === null) return location;
  const [password = ""] = readFileSync(file, "utf8").split(/\r?\n/, 1);
  if (password === "") throw new Error(`${file} holds no password`);
  url.searchParams.delete(parameter);
  url.password = encodeURIComponent(password);
  return url.href;
}
