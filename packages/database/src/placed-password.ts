// PostgreSQL's password from a file that the URL names, so that no configuration and no environment holds it; read anew for each connection.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { reasonOf } from "@sealserve/primitives";
import { Client } from "pg";
import type { DatabaseLog } from "./opened-database.ts";

const parameter = "passwordFile";

export interface PlacedPassword {
  /** The URL without the parameter, and without a password where the file has it. */
  readonly location: string;
  /** Of the connections to it. */
  readonly Client: typeof Client;
}

/**
 * Of `postgres://user@host/database?passwordFile=PATH` the file's first line is the password; any other URL stays as it is. A file that cannot be read
 * any more is told to the log, and what was read before holds. Throws where it cannot be read at first.
 */
export function placedPassword(location: string, { logger }: { readonly logger: DatabaseLog }): PlacedPassword {
  const url = URL.parse(location);
  const file = url?.searchParams.get(parameter) ?? null;
  if (!url || file === null) return { location, Client };
  url.searchParams.delete(parameter);
  url.password = "";
  let password = firstRead(file);
  async function current(path: string): Promise<string> {
    try {
      password = passwordIn(path, await readFile(path, "utf8"));
    } catch (error) {
      logger.warn("the file of the database's password cannot be used: what was read before holds", {
        reason: reasonOf(error),
      });
    }
    return password;
  }
  return { location: url.href, Client: clientsWith(() => current(file)) };
}

/** The driver asks a function each time that a server asks for the password; in a URL's place there is none for it. */
function clientsWith(password: () => Promise<string>): typeof Client {
  return class extends Client {
    constructor(...options: ConstructorParameters<typeof Client>) {
      super(...options);
      Object.defineProperty(this, "password", { value: password, writable: true, enumerable: false });
    }
  };
}

/** Without a code of the system's: that is not a database which is away. */
function firstRead(file: string): string {
  try {
    return passwordIn(file, readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`the file of its password cannot be used: ${reasonOf(error)}`, { cause: error });
  }
}

function passwordIn(file: string, content: string): string {
  const [password = ""] = content.split(/\r?\n/, 1);
  if (password === "") throw new Error(`${file} holds no password`);
  return password;
}
