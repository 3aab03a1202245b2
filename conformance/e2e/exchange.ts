// One HTTP request and its whole answer.

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export async function get(url: string): Promise<Answer> {
  return answerOf(await fetch(url));
}

/** Posts text, bytes or a form; a plain object is sent as JSON. */
export async function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return answerOf(await fetch(url, { method: "POST", body: isBody(body) ? body : JSON.stringify(body), headers }));
}

/** The answer's body as JSON. */
export function json({ text }: Answer): unknown {
  return JSON.parse(text);
}

async function answerOf(response: Response): Promise<Answer> {
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function isBody(body: unknown): body is string | Uint8Array<ArrayBuffer> | FormData | URLSearchParams {
  return (
    typeof body === "string" ||
    body instanceof Uint8Array ||
    body instanceof FormData ||
    body instanceof URLSearchParams
  );
}
