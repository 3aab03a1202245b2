// An address of a listener as TorchServe writes it: `http(s)://host[:port]`, or `unix:/path`.
import { MigrationError } from "../migration-error.ts";

/** `port` null: none was written. */
export type TorchserveAddress =
  | { readonly kind: "tcp"; readonly tls: boolean; readonly host: string; readonly port: number | null }
  | { readonly kind: "unix"; readonly path: string };

const tcp = /^(https?):\/\/(\[[0-9a-fA-F:.]+\]|[^\s:/?#[\]]+)(?::(\d{1,5}))?\/?$/;

/** Throws `value-refused`. (TorchServe, `Connector.parse`.) */
export function parseAddress(key: string, text: string): TorchserveAddress {
  const [, path] = /^unix:(\/.+)$/.exec(text) ?? [];
  if (path !== undefined) return { kind: "unix", path };
  const [, scheme, host, digits] = tcp.exec(text) ?? [];
  const port = digits === undefined ? null : Number(digits);
  if (host === undefined || (port !== null && (port < 1 || port > 65_535))) {
    const allowed = "http://HOST[:PORT], https://HOST[:PORT] or unix:/PATH";
    throw new MigrationError("value-refused", { key, found: JSON.stringify(text), allowed });
  }
  return { kind: "tcp", tls: scheme === "https", host: host.replace(/^\[|\]$/g, ""), port };
}
