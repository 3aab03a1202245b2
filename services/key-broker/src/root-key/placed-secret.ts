// A secret that remembers in which folder its file lies: what must not be in the database can be kept beside it.
import { dirname, resolve } from "node:path";
import { Secret, secretFile } from "@sealserve/server";
import { z } from "zod";

class PlacedSecret extends Secret {
  readonly folder: string;

  constructor(secret: Secret, folder: string) {
    super(secret.reveal());
    this.folder = folder;
  }
}

/** The path of a file, read as a `Secret`; see `folderOf`. */
export const placedSecretFile = z.string().transform((path, context): Secret => {
  const read = secretFile.safeParse(path);
  if (read.success) return new PlacedSecret(read.data, dirname(resolve(path)));
  context.addIssue({ code: "custom", message: "the path of a readable file", params: { hidden: true } });
  return z.NEVER;
});

/** Null for a secret that came from no file. */
export function folderOf(secret: Secret | undefined): string | null {
  return secret instanceof PlacedSecret ? secret.folder : null;
}
