// What may be fetched, and within which bounds: into the model store of `serve`, or beside that of a backend.
import { byteSize, duration } from "@sealserve/server";
import { z } from "zod";

export const fetchingShape = {
  /** Regular expressions, one of which the whole URL must fit; none: nothing is fetched. */
  allowedUrls: z.array(z.string().refine(isPattern, { error: "a regular expression" })).default([]),
  /** Of one file. */
  maxDownloadSize: byteSize.default(8 * 2 ** 30),
  /** How long one file may take, from the first question to the last byte. */
  downloadTimeout: duration.default(600_000),
  /** Whether models may come from addresses of this machine, and of networks of its own. */
  allowPrivateAddresses: z.boolean().default(false),
};

function isPattern(text: string): boolean {
  try {
    return new RegExp(`^(?:${text})$`) instanceof RegExp;
  } catch {
    return false;
  }
}
