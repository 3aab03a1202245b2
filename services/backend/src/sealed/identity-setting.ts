// The setting `identity`: who opens what lies sealed in the model store.
import { isLoopback, rootsSetting, secretFile } from "@sealserve/server";
import { z } from "zod";

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, { error: "letters, digits, '.', '_' and '-'" });
const resourcePath = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}(\/[A-Za-z0-9][A-Za-z0-9._-]{0,127}){2}$/, {
  error: "REPOSITORY/TYPE/TAG, each of letters, digits, '.', '_' and '-'",
});

/** How a key broker is reached, and how it proves that it is the one that is meant. */
const broker = {
  url: z.url({ protocol: /^https?$/, error: "an http or https URL" }),
  /** Its certificate must lead to one of these, and to no other root; null: to one that the system trusts. */
  ca: rootsSetting.nullable().default(null),
  /** Allows plain http to a host outside loopback: whoever is in between can answer instead of the broker. */
  insecurePlaintext: z.boolean().default(false),
};

/** Whether whoever answers at the URL has to prove with a certificate who they are, or is on this machine. */
function isGuarded({ url, insecurePlaintext }: { readonly url: string; readonly insecurePlaintext: boolean }): boolean {
  const parsed = URL.parse(url);
  // What is no URL at all is refused as such.
  if (!parsed || parsed.protocol === "https:" || insecurePlaintext) return true;
  return isLoopback(parsed.hostname.replace(/^\[|\]$/g, ""));
}

const unguarded =
  "an object whose url is https, or http on this machine only (or anywhere with insecurePlaintext: true)";

/** Exactly one of them. Only the last two make sense in a TEE: the others lie where the host can read them. */
export const identitySetting = z
  .union(
    [
      /** Path of a key file of `age-keygen`. */
      z.strictObject({ keyFile: secretFile }),
      z.strictObject({ passphraseFile: secretFile }),
      z.strictObject({
        keyBroker: z
          .strictObject({
            ...broker,
            tenant: name,
            /** The policy that judges the process itself, by its model's name, before anything listens. */
            process: name.default("server"),
          })
          .refine(isGuarded, { error: unguarded }),
      }),
      /** A key file that lies as a resource in a key broker of the confidential-containers protocol, such as Trustee's KBS. */
      z.strictObject({
        kbs: z.strictObject({ ...broker, resource: resourcePath }).refine(isGuarded, { error: unguarded }),
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
