// The setting `identity`: who opens what lies sealed in the model store.
import { z } from "zod";
import { isGuardedBroker, keyBrokerSetting, reachedBroker, unguardedBroker } from "./key-broker-setting.ts";
import { secretFile } from "./settings.ts";

const resourcePath = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}(\/[A-Za-z0-9][A-Za-z0-9._-]{0,127}){2}$/, {
  error: "REPOSITORY/TYPE/TAG, each of letters, digits, '.', '_' and '-'",
});

/** Exactly one of them. Only the last two make sense in a TEE: the others lie where the host can read them. */
export const identitySetting = z
  .union(
    [
      /** Path of a key file of `age-keygen`. */
      z.strictObject({ keyFile: secretFile }),
      z.strictObject({ passphraseFile: secretFile }),
      z.strictObject({
        keyBroker: keyBrokerSetting("server"),
      }),
      /** A key file that lies as a resource in a key broker of the confidential-containers protocol, such as Trustee's KBS. */
      z.strictObject({
        kbs: z
          .strictObject({ ...reachedBroker, resource: resourcePath })
          .refine(isGuardedBroker, { error: unguardedBroker }),
      }),
    ],
    { error: "an object with keyFile, passphraseFile, keyBroker or kbs" },
  )
  .nullable();

export type IdentitySetting = z.infer<typeof identitySetting>;

/** Whether whoever keeps the keys asks for evidence first: then nothing listens before a verdict, nor without TLS. */
export function needsEvidence(
  setting: IdentitySetting,
): setting is Extract<IdentitySetting, { readonly keyBroker: object } | { readonly kbs: object }> {
  return setting !== null && ("keyBroker" in setting || "kbs" in setting);
}
