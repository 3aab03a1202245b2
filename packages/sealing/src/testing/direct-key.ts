// A recipient and identity that wrap nothing: fast, and what they hold can be looked at.
import type { Identity, Recipient } from "../recipient.ts";

export function directKey(type = "sealserve.test/direct"): Recipient & Identity {
  return {
    wrap: async (fileKey) => [{ args: [type], body: Uint8Array.from(fileKey) }],
    unwrap: async (stanzas) => {
      const mine = stanzas.find(({ args }) => args[0] === type);
      return mine ? Uint8Array.from(mine.body) : null;
    },
  };
}
