// What the enclave is to the hardware: debuggable, attestable, of which version, how large.
import { error, type Finding, warning } from "./finding.ts";
import type { Manifest } from "./manifest.ts";
import { isDecidedElsewhere } from "./plain-toml.ts";

export interface EnclaveRulesOptions {
  /** The version number that the release has; null: not known here. */
  readonly isvSvn: number | null;
}

/** Without EDMM all of it is taken when the enclave starts; more than this is more than most machines' EPC. */
const largest = 8 * 2 ** 30;

export function enclaveRules(manifest: Manifest, options: EnclaveRulesOptions): readonly Finding[] {
  return [...inspection(manifest), ...attestation(manifest), ...version(manifest, options), ...size(manifest)];
}

function inspection(manifest: Manifest): readonly Finding[] {
  const findings: Finding[] = [];
  const debug = manifest.get("sgx.debug");
  if (debug !== undefined && debug !== false)
    findings.push(error("debug", "sgx.debug", debug, "write sgx.debug = false"));
  for (const [key, harmless] of [
    ["sgx.enable_stats", false],
    ["sgx.vtune_profile", false],
    ["sgx.profile.enable", "none"],
  ] as const) {
    const found = manifest.get(key);
    if (found !== undefined && found !== harmless)
      findings.push(error("profiling", key, found, "leave the option out"));
  }
  const level = manifest.get("loader.log_level");
  if (level !== undefined && level !== "error" && level !== "none")
    findings.push(error("log-level", "loader.log_level", level, 'write loader.log_level = "error"'));
  return findings;
}

function attestation(manifest: Manifest): readonly Finding[] {
  const key = "sgx.remote_attestation";
  const found = manifest.get(key);
  return found === "dcap" ? [] : [error("no-attestation", key, found, `write ${key} = "dcap"`)];
}

function version(manifest: Manifest, { isvSvn }: EnclaveRulesOptions): readonly Finding[] {
  const key = "sgx.isvsvn";
  const found = manifest.get(key);
  const derive = "derive it from the release: sealserve manifest svn VERSION";
  if (found === undefined || found === 0) return [error("svn-missing", key, found, derive)];
  if (isDecidedElsewhere(found)) return [];
  if (manifest.template)
    return [error("svn-constant", key, found, `leave it to whoever renders the template, and ${derive}`)];
  if (isvSvn !== null && found !== isvSvn) return [error("svn-behind", key, found, `write ${key} = ${isvSvn}`)];
  return [];
}

function size(manifest: Manifest): readonly Finding[] {
  const findings: Finding[] = [];
  const old = manifest.get("sgx.thread_num");
  if (old !== undefined)
    findings.push(
      warning("threads-deprecated", "sgx.thread_num", old, "write sgx.max_threads, with as many as the process has"),
    );
  const key = "sgx.enclave_size";
  const found = manifest.get(key);
  if (manifest.get("sgx.edmm_enable") !== true && bytesOf(found) > largest)
    findings.push(
      warning(
        "enclave-size",
        key,
        found,
        "give what the models need, or sgx.edmm_enable = true where the hardware has it",
      ),
    );
  return findings;
}

function bytesOf(size: unknown): number {
  const [, count = "0", unit = ""] = /^(\d+)([KMG]?)$/.exec(String(size)) ?? [];
  return Number(count) * { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[unit as "" | "K" | "M" | "G"];
}
