// What is wrong with a manifest: which rule, where, and what to do.

/** What each rule is about; `sealserve manifest rules` prints this. */
export const rules = {
  "entrypoint-is-shell": "the measured program is a shell or an interpreter of whatever it is given",
  "program-unmeasured": "what the enclave runs is not among the files that are trusted by their hash",
  "host-environment": "all variables of the host reach the program",
  "variable-blocked-alone": "single variables are set against the host, and all others are let in",
  "environment-passthrough": "a variable comes from the host",
  "environment-from-file": "variables come from a file instead of the manifest",
  "host-arguments": "the arguments come from the host",
  "arguments-from-file": "the arguments come from a file instead of the manifest",
  "arguments-run-text": "an argument is program text",
  "aslr-disabled": "addresses are the same in every run",
  "host-eventfd": "event counters are kept by the host",
  "insecure-option": "an option that Gramine itself calls insecure",
  "key-in-manifest": "a key stands in the manifest, which everybody can read",
  "file-policy": "files that nobody named can be opened",
  "allowed-files": "files are opened without a check of what is in them",
  "host-secrets": "secrets come from the host, which knows them and can choose them",
  "hash-missing": "a trusted file of a signed manifest has no hash",
  "key-by-signer": "files are sealed to the signer: any enclave of this signer, also an older one, reads them",
  "key-from-outside": "files are sealed by a key that somebody puts in while the enclave runs",
  "no-attestation": "the enclave cannot prove what it is",
  debug: "the host can read the enclave's memory",
  profiling: "the host is told what the enclave does",
  "log-level": "the log tells more than errors",
  "svn-missing": "the enclave has no version number",
  "svn-constant": "the version number does not follow the release: an older enclave passes for a new one",
  "svn-behind": "the version number is not that of the release",
  "threads-deprecated": "the number of threads is given by a name that newer versions of Gramine ignore",
  "enclave-size": "the enclave takes all its memory at once, and that is very much",
} as const;

export type RuleId = keyof typeof rules;

export interface Finding {
  readonly rule: RuleId;
  /** `error`: the manifest is unsafe · `warning`: safe or not depends on more than the manifest. */
  readonly severity: "error" | "warning";
  /** Path of the key, such as `sgx.debug`. */
  readonly key: string;
  /** As the manifest has it. */
  readonly found: string;
  readonly remedy: string;
}

export function error(rule: RuleId, key: string, found: unknown, remedy: string): Finding {
  return { rule, severity: "error", key, found: written(found), remedy };
}

export function warning(rule: RuleId, key: string, found: unknown, remedy: string): Finding {
  return { rule, severity: "warning", key, found: written(found), remedy };
}

function written(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? Number(inner) : inner)) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
