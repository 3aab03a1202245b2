// A Gramine manifest as the rules read it: values by path, mounts and files as lists.
import { parse, TomlError } from "smol-toml";
import { isTemplate, plainToml } from "./plain-toml.ts";

/** The text is no TOML, not even with its template's parts taken out. */
export class ManifestSyntaxError extends Error {
  readonly line: number;

  constructor(line: number, problem: string, cause: unknown) {
    super(`line ${line}: ${problem}`, { cause });
    this.name = "ManifestSyntaxError";
    this.line = line;
  }
}

export interface Mount {
  /** Path of the key, such as `fs.mounts[2]`. */
  readonly key: string;
  readonly type: string;
  readonly path: string;
  readonly uri: string | null;
  readonly keyName: string | null;
}

export interface ListedFile {
  readonly key: string;
  readonly uri: string;
  /** Null where the entry has none yet. */
  readonly sha256: string | null;
}

export class Manifest {
  /** Whether values are still to be put in. */
  readonly template: boolean;
  readonly root: Readonly<Record<string, unknown>>;

  /** Throws `ManifestSyntaxError`. */
  constructor(text: string) {
    this.template = isTemplate(text);
    try {
      this.root = parse(plainToml(text));
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      const [problem = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
      throw new ManifestSyntaxError(error.line, problem, error);
    }
  }

  /** Undefined where nothing is. */
  get(path: string): unknown {
    let value: unknown = this.root;
    for (const key of path.split(".")) value = isTable(value) ? value[key] : undefined;
    return value;
  }

  table(path: string): Readonly<Record<string, unknown>> {
    const value = this.get(path);
    return isTable(value) ? value : {};
  }

  /** Later mounts lie over earlier ones; the root is the first. */
  mounts(): readonly Mount[] {
    const root = this.get("fs.root");
    const first = toMount("fs.root", { path: "/", ...(isTable(root) ? root : {}) });
    return [first, ...entriesOf(this.get("fs.mounts"), "fs.mounts").map(([key, value]) => toMount(key, value))];
  }

  files(path: "sgx.trusted_files" | "sgx.allowed_files"): readonly ListedFile[] {
    return entriesOf(this.get(path), path).map(([key, value]) => {
      const { uri, sha256 } = isTable(value) ? value : { uri: value, sha256: undefined };
      return { key, uri: textOf(uri) ?? "", sha256: textOf(sha256) };
    });
  }
}

/** Of a list; and of the tables that older versions had instead. */
function entriesOf(value: unknown, path: string): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.map((entry, i) => [`${path}[${i}]`, entry]);
  return isTable(value) ? Object.entries(value).map(([key, entry]) => [`${path}.${key}`, entry]) : [];
}

function toMount(key: string, value: unknown): Mount {
  const table = isTable(value) ? value : {};
  const type = textOf(table["type"]) ?? "chroot";
  return {
    key,
    type,
    path: (textOf(table["path"]) ?? "").replace(/(?<=.)\/+$/, ""),
    uri: textOf(table["uri"]),
    keyName: textOf(table["key_name"]),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
