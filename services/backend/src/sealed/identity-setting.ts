// The setting `identity`: who opens what lies sealed in the model store.
import { secretFile } from "@sealserve/server";
import { z } from "zod";

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, { error: "letters, digits, '.', '_' and '-'" });

/** Exactly one of them. Only a key broker makes sense in a TEE: the others lie where the host can read them. */
export const identitySetting = z
  .union(
    [
      /** Path of a key file of `age-keygen`. */
      z.strictObject({ keyFile: secretFile }),
      z.strictObject({ passphraseFile: secretFile }),
      z.strictObject({
        keyBroker: z.strictObject({
          url: z.url({ protocol: /^https?$/, error: "an http or https URL" }),
          tenant: name,
          /** The policy that judges the process itself, by its model's name, before anything listens. */
          process: name.default("server"),
        }),
      }),
    ],
    { error: "an object with keyFile, passphraseFile or keyBroker" },
  )
  .nullable();

export type IdentitySetting = z.infer<typeof identitySetting>;
