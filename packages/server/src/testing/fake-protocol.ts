// For tests: a protocol whose routes are given as functions, with errors in a form of its own.
import { utf8 } from "@sealserve/primitives";
import { type HttpReply, type HttpRequest, type Protocol, pathPattern } from "@sealserve/protocols";

export type Handle = (
  request: HttpRequest,
  captured: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<HttpReply>;

export function reply(body: string, headers: Readonly<Record<string, string>> = {}, status = 200): HttpReply {
  return { status, headers, body: [utf8(body)] };
}

/** Answers a POST with its body, as it came. */
export const echo: Handle = async ({ body }) => ({ status: 200, headers: {}, body: [body] });

/** `routes` by method and pattern, such as `POST /echo`. Refusals are `code` as text: 413, 400, 499 or 500. */
export function fakeProtocol(name: string, routes: Readonly<Record<string, Handle>>): Protocol {
  const statuses: Readonly<Record<string, number>> = { "too-large": 413, malformed: 400, cancelled: 499 };
  return {
    name,
    handlers: Object.entries(routes).map(([route, handle]) => {
      const [method = "", path = ""] = route.split(" ");
      return { name: route, method, path: pathPattern(path), handle };
    }),
    claims: (path) => path.startsWith(`/${name}/`),
    unmatched: ({ method, path }) => reply(`${name} has no ${method} ${path}`, {}, 404),
    refuse: (error) => reply(error.code, {}, statuses[error.code] ?? 500),
  };
}
