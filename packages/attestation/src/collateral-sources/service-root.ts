// The part of a service's URL before the paths that its protocol fixes.

/** `url` without query, a trailing slash or the path that Intel's own configuration files give (`/sgx/certification/v4/`). Throws `TypeError` for what is no http(s) URL. */
export function serviceRoot(url: string): string {
  const { origin, pathname, protocol, username, password } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") throw new TypeError(`'${protocol}' is not http or https`);
  if (username || password) throw new TypeError("credentials do not belong into a URL");
  return origin + pathname.replace(/(\/(sgx|tdx)\/certification\/v\d)?\/*$/, "");
}
