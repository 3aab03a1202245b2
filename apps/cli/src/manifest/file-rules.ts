// Which files the enclave opens, and what proves that they are the ones that were meant.
import { error, type Finding, warning } from "./finding.ts";
import type { Manifest } from "./manifest.ts";

export interface FileRulesOptions {
  /** Folders of data that the program itself proves, such as sealed models: they may be allowed files. */
  readonly allowedData: readonly string[];
  /** Folders of secrets that the host gives, such as a database's password: they may be allowed files, and each is told. */
  readonly hostSecrets: readonly string[];
  /** Whether the manifest is one that was signed, with the hash of every file. */
  readonly signed: boolean;
}

export function fileRules(manifest: Manifest, options: FileRulesOptions): readonly Finding[] {
  return [...policy(manifest), ...allowed(manifest, options), ...hashes(manifest, options), ...keys(manifest)];
}

function policy(manifest: Manifest): readonly Finding[] {
  const key = "sgx.file_check_policy";
  const found = manifest.get(key);
  if (found === undefined || found === "strict") return [];
  return [error("file-policy", key, found, `write ${key} = "strict"`)];
}

function allowed(manifest: Manifest, { allowedData, hostSecrets }: FileRulesOptions): readonly Finding[] {
  return manifest.files("sgx.allowed_files").flatMap(({ key, uri }) => {
    if (isIn(allowedData, uri)) return [];
    if (isIn(hostSecrets, uri)) {
      return [warning("host-secrets", key, uri, "put nothing there that must be kept from the host")];
    }
    return [
      error(
        "allowed-files",
        key,
        uri,
        "move it to sgx.trusted_files; for what the process writes use a tmpfs mount, for what it keeps an encrypted one",
      ),
    ];
  });
}

function isIn(folders: readonly string[], uri: string): boolean {
  return folders.some((folder) => uri.startsWith(`file:${folder.replace(/\/+$/, "")}/`) && !uri.includes("/../"));
}

function hashes(manifest: Manifest, { signed }: FileRulesOptions): readonly Finding[] {
  if (!signed) return [];
  return manifest
    .files("sgx.trusted_files")
    .filter(({ sha256 }) => !/^[0-9a-f]{64}$/.test(sha256 ?? ""))
    .map(({ key, uri }) => error("hash-missing", key, uri, "make the manifest with gramine-sgx-sign"));
}

function keys(manifest: Manifest): readonly Finding[] {
  return manifest
    .mounts()
    .filter(({ type }) => type === "encrypted")
    .flatMap(({ key, keyName }) => {
      const at = `${key}.key_name`;
      if (keyName === "_sgx_mrenclave") return [];
      if (keyName === "_sgx_mrsigner")
        return [
          error(
            "key-by-signer",
            at,
            keyName,
            "use _sgx_mrenclave, and carry what must outlive a release over by other means",
          ),
        ];
      const found = keyName ?? "default";
      return [
        warning(
          "key-from-outside",
          at,
          found,
          "use _sgx_mrenclave, or make sure that only an attested process sets the key, from whole random bytes",
        ),
      ];
    });
}
