// `sealserve enclave inspect`: reads and checks what an SGX enclave's author signed.
import { parseSigstruct, SigstructError, sigstructLength, verifySigstruct } from "@sealserve/attestation";
import { Command } from "commander";
import type { Ends } from "../ends.ts";
import { readBytesFile } from "../trust-files.ts";
import { UsageError } from "../usage-error.ts";

interface InspectFlags {
  readonly json?: true;
}

/** `ends` keeps the exit code that an action gives. */
export function enclaveCommand(ends: Ends): Command {
  const inspect = new Command("inspect")
    .description("check a SIGSTRUCT and print its measurements: exit code 0 sound, 1 not, 2 wrong usage")
    .argument("<file>", "the signature file that gramine-sgx-sign or sgx_sign made")
    .option("--json", "print JSON")
    .action(ends(inspectFile));
  return new Command("enclave").description("look at an SGX enclave").addCommand(inspect);
}

async function inspectFile(file: string, flags: InspectFlags): Promise<number> {
  try {
    // Larger files are read far enough to say how wrong their length is.
    const bytes = readBytesFile(file, 1024 * sigstructLength);
    const { mrEnclave, mrSigner, isvProdId, isvSvn, attributes, attributesMask, debug, date } = await verifySigstruct(
      parseSigstruct(new Uint8Array(bytes)),
    );
    const found = { mrEnclave, mrSigner, isvProdId, isvSvn, debug, date, attributes, attributesMask };
    process.stdout.write(flags.json ? `${JSON.stringify(found, null, 2)}\n` : toText(found));
    return 0;
  } catch (error) {
    if (!(error instanceof SigstructError || error instanceof UsageError)) throw error;
    process.stderr.write(`${file}: ${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function toText(found: object): string {
  const note: Readonly<Record<string, string>> = { debug: " (set, or left open to whoever starts the enclave)" };
  return Object.entries(found)
    .map(([key, value]) => `${key.padEnd(14)}  ${value}${value === true ? (note[key] ?? "") : ""}\n`)
    .join("");
}
