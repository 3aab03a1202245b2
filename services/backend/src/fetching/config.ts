// What may be fetched into the model store, where one process is both frontend and backend.
import { byteSize } from "@sealserve/server";
import { z } from "zod";

export const fetchingShape = {
  /** Regular expressions, one of which the whole URL must fit; none: nothing is fetched. */
  allowedUrls: z.array(z.string().refine(isPattern, { error: "a regular expression" })).default([]),
  /** Of one file. */
  maxDownloadSize: byteSize.default(8 * 2 ** 30),
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
