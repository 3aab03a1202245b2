// `sealserve mesh issue`: a certificate of the mesh from an authority in files, for installations without a key broker.
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { issueFromFiles, PlacedAuthorityError } from "@sealserve/key-broker";
import { systemClock } from "@sealserve/serving";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Ends } from "../ends.ts";
import { readBytesFile } from "../trust-files.ts";
import { UsageError } from "../usage-error.ts";

interface IssueFlags {
  readonly authority: string;
  readonly authorityKey: string;
  readonly trustDomain: string;
  readonly role: "frontend" | "backend";
  readonly group: string;
  readonly days: number;
  readonly out: string;
}

const day = 24 * 3_600_000;
const longestFile = 64 * 1024;

export function meshCommand(ends: Ends): Command {
  const issue = new Command("issue")
    .description(
      "write a new key and its mesh certificate, from an authority in files; where a key broker runs, processes ask that",
    )
    .requiredOption("--authority <file>", "the authority's certificate (PEM)")
    .requiredOption("--authority-key <file>", "its key (PEM, ECDSA over P-256)")
    .requiredOption("--trust-domain <name>", "of the mesh", readTrustDomain)
    .addOption(
      new Option("--role <role>", "what the process is").choices(["frontend", "backend"]).makeOptionMandatory(),
    )
    .option("--group <name>", "tells kinds of processes apart", readName, "main")
    .option("--days <number>", "how long it holds, and no longer than the authority", readDays, 365)
    .requiredOption("--out <dir>", "folder for certificate.pem, key.pem and roots.pem")
    .action(ends(issueToFolder));
  return new Command("mesh").description("certificates of the mesh without a key broker").addCommand(issue);
}

async function issueToFolder(flags: IssueFlags): Promise<number> {
  const { authority, authorityKey, trustDomain, role, group, days, out } = flags;
  try {
    const [certificate, key] = [authority, authorityKey].map((file) =>
      readBytesFile(file, longestFile).toString("utf8"),
    );
    const instance = hostname().replace(/[^A-Za-z0-9._-]/g, "-") || "unnamed";
    const issued = await issueFromFiles(
      { certificate: certificate ?? "", key: key ?? "" },
      { trustDomain, role, group, instance, lifetime: days * day },
      { epoch: () => systemClock().epoch(), randomness: randomBytes },
    );
    await mkdir(out, { recursive: true, mode: 0o700 });
    await writeFile(join(out, "key.pem"), issued.key, { mode: 0o600 });
    await writeFile(join(out, "certificate.pem"), issued.certificate);
    await writeFile(join(out, "roots.pem"), issued.roots);
    process.stdout.write(`${join(out, "certificate.pem")} holds until ${issued.notAfter.toISOString()}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof PlacedAuthorityError || error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function readTrustDomain(text: string): string {
  if (/^[a-z0-9._-]{1,255}$/.test(text)) return text;
  throw new InvalidArgumentError("it must be lower-case letters, digits, '.', '_' and '-'.");
}

function readName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(text)) return text;
  throw new InvalidArgumentError("it must be letters, digits, '.', '_' and '-'.");
}

function readDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 3650) return days;
  throw new InvalidArgumentError("it must be a whole number from 1 to 3650.");
}
