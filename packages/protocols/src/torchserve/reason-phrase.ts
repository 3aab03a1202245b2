// The words beside a status where TorchServe's are not what servers commonly say (Netty, `HttpResponseStatus`).

const differing: Readonly<Record<number, string>> = {
  413: "Request Entity Too Large",
  414: "Request-URI Too Long",
  416: "Requested Range Not Satisfiable",
  425: "Unordered Collection",
};

const classes = ["Informational", "Success", "Redirection", "Client Error", "Server Error"];

/** Statuses that Netty has a name for. */
const named: ReadonlySet<number> = new Set([
  ...[200, 201, 202, 203, 204, 205, 206, 207, 300, 301, 302, 303, 304, 305, 307, 308],
  ...[400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417],
  ...[421, 422, 423, 424, 425, 426, 428, 429, 431, 500, 501, 502, 503, 504, 505, 506, 507, 510, 511],
]);

/** Undefined where the listener's own words are the same. */
export function reasonPhrase(status: number): string | undefined {
  if (named.has(status)) return differing[status];
  return `${classes[Math.floor(status / 100) - 1] ?? "Unknown Status"} (${status})`;
}
