// Seals and opens beside a bare cipher, in turns, then prints one JSON line: the rates of each turn in MB/s.
import { createCipheriv } from "node:crypto";
import { generateKeyPair, open, parseIdentity, parseRecipient, seal } from "@sealserve/sealing";
import { drain, piecesOf, repeat } from "./byte-streams.ts";

const size = 2 ** 26;
const turns = 15;
const chunk = new Uint8Array(65_536);
const { identity, recipient } = await generateKeyPair();
const [recipients, identities] = [[parseRecipient(recipient)], [parseIdentity(identity)]];
const sealed = new Uint8Array(await new Response(seal(repeat(chunk, size), recipients)).arrayBuffer());

const rates: Record<"bare" | "seal" | "open", number[]> = { bare: [], seal: [], open: [] };
for (let turn = 0; turn < turns; turn++) {
  rates.bare.push(await rateOf(async () => bareLoop()));
  rates.seal.push(await rateOf(() => drain(seal(repeat(chunk, size), recipients))));
  rates.open.push(await rateOf(() => drain(open(piecesOf(sealed, 262_144), identities))));
}
process.stdout.write(`${JSON.stringify(rates)}\n`);

/** What the format costs at least: the cipher alone, its result thrown away. */
function bareLoop(): void {
  const [key, nonce] = [new Uint8Array(32), new Uint8Array(12)];
  for (let done = 0; done < size; done += chunk.length) {
    const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
    cipher.update(chunk);
    cipher.final();
    cipher.getAuthTag();
  }
}

async function rateOf(act: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await act();
  return size / 1000 / (performance.now() - started);
}
