// How commands reach a running server: its URL, and whose certificates they trust.
import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { amdRoots, intelRoot } from "@sealserve/attestation";
import { connect, connectSealed } from "@sealserve/client";
import { connectAttested } from "@sealserve/client/node";
import { InferenceError, type InferenceService } from "@sealserve/inference";
import { CodedError, reasonOf } from "@sealserve/primitives";
import { createTrust } from "@sealserve/session";
import type { Command } from "commander";
import { collateralSourceOf } from "./collateral-argument.ts";
import { addPinFlags, type PinFlags, pinsOf } from "./pin-flags.ts";
import { readPolicyFile, readTrustAnchorFile } from "./trust-files.ts";
import { UsageError } from "./usage-error.ts";
import { vendorServices } from "./vendor-services.ts";

export interface ConnectionFlags extends PinFlags {
  readonly url: string;
  readonly ca?: string;
  readonly trust?: string;
  readonly trustAnchor?: string;
  readonly collateral?: string;
  readonly sealedHttp?: boolean;
}

export function addConnectionFlags(command: Command): Command {
  return command
    .option("--url <url>", "the server's Open Inference listener", "http://127.0.0.1:8000")
    .option("--ca <file>", "trust this certificate (PEM) for https, such as a self-signed one");
}

export function addTrustFlags(command: Command): Command {
  const trusting = command
    .option("--trust <file>", "verify first that the server is what this appraisal policy accepts")
    .option("--trust-anchor <file>", "with --trust: trust these roots too, such as those of simulated hardware")
    .option(
      "--sealed-http",
      "with --trust: seal requests to the key in the evidence, for servers behind a proxy that ends TLS",
    )
    .option("--collateral <path>", "with --trust: judge by this collateral alone, a file, a bundle or a folder");
  return addPinFlags(trusting, "with --trust: ");
}

/** With `--trust`, nothing but a nonce is sent before the server has proved what it is. Throws what the verifier throws, and `UsageError`. */
export async function connectTrusted(flags: ConnectionFlags): Promise<InferenceService> {
  const { url, ca, trust: file, trustAnchor, collateral, sealedHttp = false } = flags;
  if (file === undefined) {
    const pins = [flags.configDigest, flags.meshDigest];
    if ([trustAnchor, collateral, ...pins].every((each) => each === undefined) && !sealedHttp) return connectBy(flags);
    const these = "--trust-anchor, --collateral, --sealed-http, --config-digest and --mesh-digest";
    throw new UsageError(`${these} need --trust FILE: the policy that says what is accepted`);
  }
  const anchors = trustAnchor === undefined ? [] : readTrustAnchorFile(trustAnchor);
  const trust = createTrust(
    { policy: readPolicyFile(file), pinned: pinsOf(flags) },
    {
      anchors: [intelRoot, ...amdRoots, ...anchors],
      ...(collateral === undefined
        ? { collateral: "stapled", otherwise: vendorServices({ fetch }) }
        : { collateral: await collateralSourceOf(collateral) }),
      now: () => new Date(),
    },
  );
  if (sealedHttp) {
    if (ca !== undefined) trustCertificate(ca);
    return connectSealed(url, trust);
  }
  return connectAttested(url, trust, ca === undefined ? {} : { ca: readCertificate(ca) });
}

/** Throws `InferenceError` where the URL or the certificate cannot be used. */
export function connectBy({ url, ca }: ConnectionFlags): InferenceService {
  if (ca !== undefined) trustCertificate(ca);
  return connect(url);
}

/** The command ends after its one answer, so that what it trusts may hold for the whole process. Throws `InferenceError`. */
export function trustCertificate(file: string): void {
  try {
    setDefaultCACertificates([...getCACertificates("default"), readCertificate(file)]);
  } catch (error) {
    if (error instanceof InferenceError) throw error;
    throw certificateRefused(file, error);
  }
}

export function readCertificate(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw certificateRefused(file, error);
  }
}

function certificateRefused(file: string, error: unknown): InferenceError {
  const expected = "the path of a readable PEM certificate";
  const found = `'${file}' (${reasonOf(error)})`;
  return new InferenceError("invalid-parameter", { parameter: "--ca", expected, found }, error);
}

/** Ends a command that talks to a server: an error that it can expect becomes one sentence and exit code 1. */
export async function tellFailure(act: () => Promise<number>): Promise<number> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof CodedError) && !(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}
