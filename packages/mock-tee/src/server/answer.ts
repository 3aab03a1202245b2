// What a service answers: status, headers and body.

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

export const notFound: Answer = { status: 404, headers: {}, body: "" };

export function answer(
  type: string,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status: 200, headers: { "content-type": type, ...headers }, body };
}
