// The server that a URL names, if it names nothing else.
import { SessionError } from "@sealserve/session";

/** No path, no query, no credentials: nothing that could make a request go elsewhere than it reads. Throws `url-refused`. */
export function originOf(text: string, scheme: RegExp = /^https:$/): URL {
  const url = URL.parse(text);
  const plain =
    url !== null &&
    scheme.test(url.protocol) &&
    url.username === "" &&
    url.password === "" &&
    `${url.origin}/` === url.href;
  if (!url || !plain)
    throw new SessionError("url-refused", { expected: "https://HOST[:PORT]", found: url?.origin ?? text });
  return url;
}
