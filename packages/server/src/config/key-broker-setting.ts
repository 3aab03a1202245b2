// Settings of a process that asks a key broker: where it is, how it proves that it is the one, and as whom the process asks.
import { z } from "zod";
import { isLoopback } from "../listener/loopback.ts";
import { rootsSetting } from "./settings.ts";

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, { error: "letters, digits, '.', '_' and '-'" });

/** How a key broker is reached, and how it proves that it is the one that is meant. */
export const reachedBroker = {
  url: z.url({ protocol: /^https?$/, error: "an http or https URL" }),
  /** Its certificate must lead to one of these, and to no other root; null: to one that the system trusts. */
  ca: rootsSetting.nullable().default(null),
  /** Allows plain http to a host outside loopback: whoever is in between can answer instead of the broker. */
  insecurePlaintext: z.boolean().default(false),
};

/** Whether whoever answers at the URL has to prove with a certificate who they are, or is on this machine. */
export function isGuardedBroker({
  url,
  insecurePlaintext,
}: {
  readonly url: string;
  readonly insecurePlaintext: boolean;
}): boolean {
  const parsed = URL.parse(url);
  // What is no URL at all is refused as such.
  if (!parsed || parsed.protocol === "https:" || insecurePlaintext) return true;
  return isLoopback(parsed.hostname.replace(/^\[|\]$/g, ""));
}

export const unguardedBroker =
  "an object whose url is https, or http on this machine only (or anywhere with insecurePlaintext: true)";

/** `process`: the policy that judges the process itself where the configuration names none. */
export function keyBrokerSetting(process: string) {
  return z
    .strictObject({
      ...reachedBroker,
      tenant: name,
      /** The policy that judges the process itself, by its model's name, before anything listens. */
      process: name.default(process),
    })
    .refine(isGuardedBroker, { error: unguardedBroker });
}
