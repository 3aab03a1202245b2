// `sealserve manifest`: looks at the manifests of SGX enclaves that Gramine runs, before they are signed.
import { Command } from "commander";
import type { Ends } from "../ends.ts";
import { type Finding, rules } from "../manifest/finding.ts";
import { isvSvnOf } from "../manifest/isv-svn.ts";
import { lintManifest } from "../manifest/lint-manifest.ts";
import { ManifestSyntaxError } from "../manifest/manifest.ts";
import { readBytesFile } from "../trust-files.ts";
import { UsageError } from "../usage-error.ts";
import { version as ownVersion } from "../version.ts";

interface LintFlags {
  readonly json?: true;
  readonly allowData: readonly string[];
  readonly allowHostSecrets: readonly string[];
  readonly release?: string;
}

/** Manifests with the hashes of a whole system have some hundred kilobytes. */
const largest = 16 * 1024 * 1024;

export function manifestCommand(ends: Ends): Command {
  const lint = new Command("lint")
    .description("name everything in a Gramine manifest that lets the host in: exit code 0 safe, 1 not, 2 wrong usage")
    .argument("<file>", "a manifest, signed or not, or its template")
    .option("--json", "print JSON")
    .option("--allow-data <folder...>", "folders of data that the program itself proves, such as sealed models", [])
    .option(
      "--allow-host-secrets <folder...>",
      "folders of secrets that the host may know, such as a database's password",
      [],
    )
    .option("--release <version>", "the release that sgx.isvsvn must follow")
    .action(ends(lintFile));
  const svn = new Command("svn")
    .description("print the version number that sgx.isvsvn has in a release")
    .argument("[version]", "such as 1.2.3 (default: this program's)")
    .action(ends(printSvn));
  const list = new Command("rules").description("print the rules").action(ends(printRules));
  return new Command("manifest")
    .description("look at the manifest of an SGX enclave")
    .addCommand(lint)
    .addCommand(svn)
    .addCommand(list);
}

async function lintFile(file: string, flags: LintFlags): Promise<number> {
  try {
    const text = readBytesFile(file, largest).toString("utf8");
    const isvSvn = flags.release === undefined ? null : svnOf(flags.release);
    const signed = file.endsWith(".manifest.sgx");
    const allowedFolders = { allowedData: flags.allowData, hostSecrets: flags.allowHostSecrets };
    const findings = lintManifest(text, { signed, isvSvn, ...allowedFolders });
    process.stdout.write(flags.json ? `${JSON.stringify(findings, null, 2)}\n` : toText(file, findings));
    return findings.some(({ severity }) => severity === "error") ? 1 : 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ManifestSyntaxError)) throw error;
    process.stderr.write(`${file}: ${error.message}\n`);
    return 2;
  }
}

function toText(file: string, findings: readonly Finding[]): string {
  if (findings.length === 0) return `${file}: nothing lets the host in\n`;
  const lines = findings.map(
    ({ rule, severity, key, found, remedy }) =>
      `${severity}: ${key} = ${found}\n  ${rule}: ${rules[rule]}\n  ${remedy}\n`,
  );
  return lines.join("");
}

async function printSvn(version: string = ownVersion): Promise<number> {
  try {
    process.stdout.write(`${svnOf(version)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

/** Throws `UsageError`. */
function svnOf(version: string): number {
  const svn = isvSvnOf(version);
  if (svn === null)
    throw new UsageError(
      `'${version}' has no version number: its numbers must be at most 63, 63 and 15, and not all 0`,
    );
  return svn;
}

async function printRules(): Promise<number> {
  for (const [rule, about] of Object.entries(rules)) process.stdout.write(`${rule.padEnd(24)}  ${about}\n`);
  return 0;
}
