// Reads a Gramine manifest, or its template, and names everything in it that lets the host in.
import { type EnclaveRulesOptions, enclaveRules } from "./enclave-rules.ts";
import { type FileRulesOptions, fileRules } from "./file-rules.ts";
import type { Finding } from "./finding.ts";
import { hostRules } from "./host-rules.ts";
import { Manifest } from "./manifest.ts";
import { programRules } from "./program-rules.ts";

export interface LintOptions extends FileRulesOptions, EnclaveRulesOptions {}

/** Empty: nothing was found. Throws `ManifestSyntaxError`. */
export function lintManifest(text: string, options: LintOptions): readonly Finding[] {
  const manifest = new Manifest(text);
  return [
    ...programRules(manifest),
    ...hostRules(manifest),
    ...fileRules(manifest, options),
    ...enclaveRules(manifest, options),
  ];
}
