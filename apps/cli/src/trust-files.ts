// The files that say whom to trust: appraisal policies, trust anchors and collateral, as commands take them.
import { readFileSync, statSync } from "node:fs";
import { type AppraisalPolicy, parsePolicy, parseTrustAnchors, type TrustAnchor } from "@sealserve/attestation";
import { reasonOf } from "@sealserve/primitives";
import { parseDocument } from "yaml";
import { UsageError } from "./usage-error.ts";

/** Throws `PolicyError` `policy-malformed`, or `UsageError` where `file` cannot be read. */
export function readPolicyFile(file: string): AppraisalPolicy {
  return parsePolicy(readYaml(file));
}

/** As {@link readPolicyFile}. */
export function readTrustAnchorFile(file: string): readonly TrustAnchor[] {
  return parseTrustAnchors(readYaml(file));
}

/** YAML, of which JSON is a part; a key that is there twice is refused. Throws `UsageError`. */
export function readYaml(file: string): unknown {
  const document = parseDocument(readTextFile(file), { prettyErrors: true, uniqueKeys: true, strict: true });
  const [error] = document.errors;
  if (error) throw new UsageError(`${file}: ${error.message}`, error);
  try {
    return document.toJS({ maxAliasCount: 20 });
  } catch (error) {
    throw new UsageError(`${file}: ${reasonOf(error)}`, error);
  }
}

function readTextFile(file: string): string {
  return readBytesFile(file, 4 * 1024 * 1024).toString("utf8");
}

/** The bytes of a file of at most `limit` bytes. Throws `UsageError`. */
export function readBytesFile(file: string, limit: number): Buffer {
  try {
    const { size } = statSync(file);
    if (size > limit) throw new RangeError(`it has ${size} bytes, at most ${limit} are allowed`);
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${reasonOf(error)}`, error);
  }
}
