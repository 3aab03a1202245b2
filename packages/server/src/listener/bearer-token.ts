// The token of a file, which callers show as `Authorization: Bearer`; kept in step with the file.
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { reread } from "@sealserve/primitives";
import type { Clock } from "@sealserve/serving";
import type { Secret } from "../config/secret.ts";
import type { Logger } from "../logger/logger.ts";

/** Disposing ends the looks at the file. */
export interface BearerToken extends Disposable {
  /** `authorization`: the header as it came. Takes as long for any that is wrong. */
  isShownIn(authorization: string | undefined): boolean;
}

/** Milliseconds between two looks at the file. */
const interval = 5_000;

/**
 * White space at the ends of the file does not count. It is read again every few seconds: from then on the new token holds, and the old one no longer.
 * What cannot be read, or holds no token, is passed over and told to the log. `secret` is wiped.
 */
export async function openBearerToken(
  secret: Secret,
  { clock, logger }: { readonly clock: Pick<Clock, "setTimer">; readonly logger: Pick<Logger, "info" | "warn"> },
): Promise<BearerToken> {
  const { file } = secret;
  const first = digest(textOf(secret.reveal()));
  secret.wipe();
  if (file === null) return { isShownIn: (header) => isShown(header, first), [Symbol.dispose]: () => {} };
  let begun = false;
  const reading = await reread(
    {
      interval,
      async read() {
        // What the configuration read is what it began with.
        if (!begun) {
          begun = true;
          return first;
        }
        const text = textOf(await readFile(file));
        if (text === "") throw new Error(`${file} holds no token`);
        return digest(text);
      },
      isSame: (a, b) => a.equals(b),
    },
    {
      clock,
      onChanged: () => logger.info("a token was read again: the old one holds no longer", { file }),
      onProblem: (reason) => logger.warn("the file of a token cannot be used: the last token holds", { reason }),
    },
  );
  return { isShownIn: (header) => isShown(header, reading.current), [Symbol.dispose]: () => reading[Symbol.dispose]() };
}

function isShown(authorization: string | undefined, expected: Buffer): boolean {
  const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? "") ?? [];
  return token !== undefined && timingSafeEqual(digest(token), expected);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8").trim();
}

/** Of one length, whatever is compared. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
