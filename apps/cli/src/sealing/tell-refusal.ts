// Ends a command about sealed files: what it can expect to go wrong becomes one sentence and exit code 1.
import { reasonOf } from "@sealserve/primitives";
import { isSealingError } from "@sealserve/sealing";

export async function tellRefusal(act: () => Promise<number>): Promise<number> {
  try {
    return await act();
  } catch (error) {
    if (!isSealingError(error) && !isOfTheSystem(error)) throw error;
    process.stderr.write(`${reasonOf(error)}\n`);
    return 1;
  }
}

/** A full disk, a folder without permission, or an interruption. */
function isOfTheSystem(error: unknown): boolean {
  return error instanceof Error && ("syscall" in error || error.name === "AbortError");
}
