// Takes a sealed file out of its ASCII armor, in constant memory.
import { ByteSource } from "../age/byte-source.ts";
import { ArmorReader } from "./armor-reader.ts";
import { hyphen, isBlank } from "./markers.ts";

const pieceSize = 65_536;

/** What a file is in binary: `source` itself, or what is in its armor. */
export async function binaryOf(source: ByteSource): Promise<ByteSource> {
  return (await looksArmored(source)) ? new ByteSource(dearmor(source)) : source;
}

/** By the first byte, which is left where it is: no binary file begins with a hyphen or a blank. */
async function looksArmored(source: ByteSource): Promise<boolean> {
  const [first] = await source.peek(1);
  return first !== undefined && (first === hyphen || isBlank(first));
}

/**
 * The binary form of what `source` has. Its pieces lie in two buffers by turns. It ends only where the armor does, and nothing but
 * blanks follows. Fails with `SealingError` `armor-malformed`, `version-unsupported`, `truncated`, and with what `source` fails with.
 */
function dearmor(source: ByteSource): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = new ArmorReader();
  const largest = ArmorReader.most(pieceSize);
  let [next, other] = [new Uint8Array(largest), new Uint8Array(largest)];
  return new ReadableStream(
    {
      async pull(controller) {
        for (let written = 0; written === 0; ) {
          const piece = await source.peek(pieceSize);
          if (piece.length === 0) {
            reader.end(source.at);
            return controller.close();
          }
          written = reader.add(piece, next);
          source.skip(piece.length);
          if (written > 0) controller.enqueue(next.subarray(0, written));
        }
        [next, other] = [other, next];
      },
      cancel: (reason) => source.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
