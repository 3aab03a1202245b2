// What sealing and opening cost beside the bare cipher.
import type { BenchResult } from "../result.ts";
import { median, quartiles, ratios } from "../spread.ts";
import { startProcess } from "../started-process.ts";

/** Streams are made and thrown away in memory: no disk is measured. */
export async function sealing(): Promise<readonly BenchResult[]> {
  await using ran = await startProcess("bench/sealing-rate.ts");
  const { bare, seal, open } = Object(ran.line) as Readonly<Record<string, readonly number[]>>;
  if (!bare || !seal || !open) throw new Error("sealing-rate.ts printed something else");
  return [rate("seal", seal, bare), rate("open", open, bare)];
}

function rate(verb: "seal" | "open", rates: readonly number[], bare: readonly number[]): BenchResult {
  const shares = ratios(rates, bare);
  return {
    name: `${verb}-rate`,
    what: `${verb} a stream, as a share of a bare ChaCha20-Poly1305 loop over 64 KiB chunks`,
    value: median(shares),
    unit: "",
    asked: { kind: "at least", bound: 0.6 },
    figures: { ...quartiles(shares), "MB/s": median(rates), "MB/s bare": median(bare) },
  };
}
