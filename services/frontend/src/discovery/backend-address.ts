// Where backends are, as somebody writes it down: an origin, a name with many addresses, or a service in the DNS.

export type BackendAddress =
  | { readonly kind: "origin"; readonly url: string }
  /** Each A and AAAA record of `name` is a backend on `port`. */
  | { readonly kind: "addresses"; readonly scheme: Scheme; readonly name: string; readonly port: number }
  /** Each SRV record of `name`, such as `_mesh._tcp.backend.example`, is a backend. */
  | { readonly kind: "service"; readonly scheme: Scheme; readonly name: string };

export type Scheme = "http" | "https";

const pattern = /^(?:(dns|srv)\+)?(https?):\/\/([^/?#@]+)\/?$/;

/**
 * `https://10.0.0.7:9000`, `dns+https://backend.example:9000` or `srv+https://_mesh._tcp.backend.example`, each also with `http`. Null: none of
 * these.
 */
export function parseBackendAddress(text: string): BackendAddress | null {
  const [, by, found, host = ""] = pattern.exec(text) ?? [];
  const scheme = found === "http" || found === "https" ? found : null;
  if (!scheme) return null;
  if (by === "srv") return isName(host) ? { kind: "service", scheme, name: host } : null;
  const url = URL.parse(`${scheme}://${host}`);
  if (url === null || url.username !== "" || url.hostname === "") return null;
  if (by === undefined) return { kind: "origin", url: url.origin };
  const [, name = "", port = ""] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
  if (!isName(name) || url.port === "0") return null;
  return { kind: "addresses", scheme, name, port: port === "" ? (scheme === "https" ? 443 : 80) : Number(port) };
}

function isName(text: string): boolean {
  return (
    text.length <= 254 && /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9_]([a-z0-9_-]*)(\.[a-z0-9_][a-z0-9_-]*)*\.?$/i.test(text)
  );
}
