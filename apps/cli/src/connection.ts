// How commands reach a running server: its URL, and whose certificates they trust.
import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { connect } from "@sealserve/client";
import { InferenceError, type InferenceService } from "@sealserve/inference";
import { reasonOf } from "@sealserve/primitives";
import type { Command } from "commander";

export interface ConnectionFlags {
  readonly url: string;
  readonly ca?: string;
}

export function addConnectionFlags(command: Command): Command {
  return command
    .option("--url <url>", "the server's Open Inference listener", "http://127.0.0.1:8000")
    .option("--ca <file>", "trust this certificate (PEM) for https, such as a self-signed one");
}

/** Throws `InferenceError` where the URL or the certificate cannot be used. */
export function connectBy({ url, ca }: ConnectionFlags): InferenceService {
  if (ca !== undefined) trust(ca);
  return connect(url);
}

/** The command ends after its one answer, so that what it trusts may hold for the whole process. */
function trust(file: string): void {
  try {
    setDefaultCACertificates([...getCACertificates("default"), readFileSync(file, "utf8")]);
  } catch (error) {
    const expected = "the path of a readable PEM certificate";
    throw new InferenceError(
      "invalid-parameter",
      { parameter: "--ca", expected, found: `'${file}' (${reasonOf(error)})` },
      error,
    );
  }
}

/** Ends a command that talks to a server: an error that it can expect becomes one sentence and exit code 1. */
export async function tellFailure(act: () => Promise<number>): Promise<number> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof InferenceError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
