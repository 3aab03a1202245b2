// An offline bundle: collateral for several platforms as one JSON file, with digests that name what was replaced.
import { type Bytes, reasonOf, utf8 } from "@sealserve/primitives";
import { sha256 } from "#verify-crypto";
import type { CollateralSource } from "../collateral.ts";
import { CollateralError } from "../collateral-error.ts";
import { toHex } from "../hex.ts";
import type { CollateralFile } from "./collateral-file.ts";
import type { CollateralWindow } from "./collateral-window.ts";
import { filesSource } from "./files-source.ts";
import { sliceMembers } from "./json-members.ts";

const bundleFormat = "sealserve-collateral-bundle/1";

/** The digests find damage and mix-ups; they prove no origin. What proves it are the vendors' signatures, checked at every use. */
export interface CollateralBundle {
  readonly created: Date;
  /** When all of it says that it is valid. */
  readonly window: Pick<CollateralWindow, "from" | "until">;
  readonly files: readonly CollateralFile[];
}

/** Names are file names without folders: they become files in one. */
const fileName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const mostFiles = 256;

/** Throws {@link CollateralError} `malformed` for names that are no file names, or the same twice. */
export async function writeBundle({ created, window, files }: CollateralBundle): Promise<string> {
  checkNames(files.map(({ name }) => name));
  const members = await Promise.all(
    files.map(async ({ name, bytes }) => ({
      name,
      size: bytes.length,
      sha256: toHex(await sha256(bytes)),
      content: toBase64(bytes),
    })),
  );
  const head = { created: created.toISOString(), validFrom: iso(window.from), validUntil: iso(window.until) };
  return `${JSON.stringify({ format: bundleFormat, ...head, sha256: await digestOf(head, members), members }, null, 1)}\n`;
}

/** Throws {@link CollateralError} `malformed`; where one member is not what it was, its name is in `what`. */
export async function readBundle(text: string): Promise<CollateralBundle> {
  const { format, created, validFrom, validUntil, sha256: digest, members } = parse(text);
  if (format !== bundleFormat) throw malformed("bundle", `format is not '${bundleFormat}'`);
  if (!Array.isArray(members) || members.length > mostFiles)
    throw malformed("bundle", `'members' must be a list of at most ${mostFiles}`);
  const files: CollateralFile[] = [];
  const list: Member[] = [];
  for (const value of members) {
    const member = readMember(value);
    const bytes = fromBase64(member.content, member.name);
    if (toHex(await sha256(bytes)) !== member.sha256 || bytes.length !== member.size) {
      throw malformed(`bundle member '${member.name}'`, "its content is not what was exported");
    }
    files.push({ name: member.name, bytes });
    list.push(member);
  }
  checkNames(list.map(({ name }) => name));
  const head = { created: String(created), validFrom: String(validFrom), validUntil: String(validUntil) };
  if ((await digestOf(head, list)) !== digest)
    throw malformed("bundle", "members or dates were added, removed or changed");
  return {
    created: new Date(readTime(head.created)),
    window: { from: readTime(head.validFrom), until: readTime(head.validUntil) },
    files,
  };
}

/** As {@link writeBundle} writes it: what is no time would be before and after nothing, and so always valid. */
function readTime(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time) || iso(time) !== text)
    throw malformed("bundle", "its dates are not of the form that exports have");
  return time;
}

/** Collateral of `bundle`; `not-found` for platforms that it was not made for. */
export function bundleSource({ files }: CollateralBundle): CollateralSource {
  return filesSource(files, "the bundle");
}

interface Member {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly content: string;
}

/** SHA-256 over the dates, then each member's name, size and digest, a line each. */
async function digestOf(head: object, members: readonly Member[]): Promise<string> {
  const lines = [
    ...Object.values(head),
    ...members.map(({ name, size, sha256: digest }) => `${name} ${size} ${digest}`),
  ];
  return toHex(await sha256(utf8(lines.join("\n"))));
}

function parse(text: string): Record<string, unknown> {
  try {
    sliceMembers(text);
    return { ...JSON.parse(text) };
  } catch (error) {
    throw malformed("bundle", reasonOf(error), error);
  }
}

function readMember(value: unknown): Member {
  const fields = new Map<string, unknown>(typeof value === "object" && value !== null ? Object.entries(value) : []);
  const [name, size, digest, content] = ["name", "size", "sha256", "content"].map((key) => fields.get(key));
  if (
    typeof name !== "string" ||
    typeof size !== "number" ||
    typeof digest !== "string" ||
    typeof content !== "string"
  ) {
    throw malformed("bundle", "a member without name, size, sha256 or content");
  }
  return { name, size, sha256: digest, content };
}

function checkNames(names: readonly string[]): void {
  for (const name of names)
    if (!fileName.test(name)) throw malformed("bundle", `'${name.slice(0, 40)}' is no file name`);
  if (new Set(names).size !== names.length) throw malformed("bundle", "two members of the same name");
}

function toBase64(bytes: Bytes): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function fromBase64(text: string, name: string): Bytes {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch (error) {
    throw malformed(`bundle member '${name}'`, "not base64", error);
  }
}

const iso = (time: number): string => new Date(time).toISOString();

function malformed(what: string, problem: string, cause?: unknown): CollateralError {
  return new CollateralError("malformed", { what, problem }, cause);
}
