// age's own recipients and identities, as typage implements them, behind this package's two interfaces.

import { reasonOf } from "@sealserve/primitives";
import {
  Decrypter,
  Encrypter,
  type Identity as TypageIdentity,
  type Recipient as TypageRecipient,
} from "age-encryption";
import type { Identity, Recipient, Stanza } from "../recipient.ts";
import { SealingError } from "../sealing-error.ts";

/** A recipient by its text (`age1…`, `age1pq1…`, `age1tag1…`, `age1tagpq1…`). Throws what typage throws for a text that is none. */
export function typageRecipient(text: string): Recipient {
  const encrypter = new Encrypter();
  encrypter.addRecipient(text);
  const recipient = onlyOne<TypageRecipient>(encrypter, "recipients");
  return { wrap: async (fileKey) => recipient.wrapFileKey(fileKey) };
}

/** An identity by its text (`AGE-SECRET-KEY-1…`, `AGE-SECRET-KEY-PQ-1…`). Throws what typage throws for a text that is none. */
export function typageIdentity(text: string): Identity {
  const decrypter = new Decrypter();
  decrypter.addIdentity(text);
  const identity = onlyOne<TypageIdentity>(decrypter, "identities");
  return {
    async unwrap(stanzas) {
      try {
        return await identity.unwrapFileKey(stanzas.map(({ args, body }) => ({ args: [...args], body })));
      } catch (error) {
        throw new SealingError("stanza-malformed", { types: typesOf(stanzas), reason: reasonOf(error) }, error);
      }
    },
  };
}

/**
 * typage exports its recipients only inside of what encrypts and decrypts whole files, where no file key can be handed in or out.
 * The field that holds them is not part of its public types: its version is pinned, and the tests of this file fail where it moves.
 */
function onlyOne<T>(holder: object, field: string): T {
  const [only]: readonly T[] = Object(holder)[field] ?? [];
  if (only === undefined) throw new TypeError(`this version of age-encryption has no field '${field}'`);
  return only;
}

function typesOf(stanzas: readonly Stanza[]): readonly string[] {
  return stanzas.map(({ args }) => args[0] ?? "");
}
