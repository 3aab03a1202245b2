// Which of Debian's packages files belong to, with their versions; for the bill of an image.
import { execFileSync, spawnSync } from "node:child_process";
import type { Component } from "../../../tools/software-bill.ts";

/** By name. Files of no package are passed over. */
export function debianPackages(files: Iterable<string>): readonly Component[] {
  // Packages name their files as before /lib became a link to /usr/lib.
  const asked = [...files].flatMap((path) => [path, path.replace(/^\/usr(?=\/lib)/, "")]);
  const { stdout } = spawnSync("dpkg-query", ["--search", "--", ...asked], { encoding: "utf8", maxBuffer: 1 << 26 });
  const names = new Set(stdout.split("\n").flatMap((line) => ownersOf(line)));
  if (names.size === 0) return [];
  const format = ["Package", "Version", "Architecture"].map((field) => `\${${field}}`).join("\t");
  const args = ["--show", `--showformat=${format}\n`, ...[...names].sort()];
  const told = execFileSync("dpkg-query", args, { encoding: "utf8" });
  return told.trim().split("\n").map(toComponent);
}

/** Of a line such as `a:amd64, b:amd64: /path`. */
function ownersOf(line: string): readonly string[] {
  const [, owners] = /^(.+): \//.exec(line) ?? [];
  return owners === undefined || line.startsWith("diversion ") ? [] : owners.split(", ");
}

function toComponent(line: string): Component {
  const [name = "", version = "", architecture = ""] = line.split("\t");
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}`;
  return { type: "library", name, version, purl };
}
