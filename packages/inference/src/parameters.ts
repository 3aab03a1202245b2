// Parameters of requests, responses and tensors, and how HTTP headers travel among them.

/** A parameter value of the Open Inference Protocol; a 64-bit integer that a number cannot hold is a bigint. */
export type ParameterValue = string | number | bigint | boolean;

export type Parameters = Readonly<Record<string, ParameterValue>>;

/** Parameter names with this prefix carry HTTP headers to and from a handler: `http.header.accept-language`. */
export const headerPrefix = "http.header.";

/** Response parameter: the HTTP status that a handler chose for its request. */
export const statusParameter = "http.status";

/** Response parameter: the reason phrase that a handler chose beside its status. */
export const reasonParameter = "http.reason";

/** Response parameter, a header of TorchServe's: `true` says that more answers to the same request follow. */
export const streamNextParameter = `${headerPrefix}ts_stream_next`;

/** Tensor parameter: the media type of the element, as the client or the handler named it. */
export const contentTypeParameter = "content_type";

/** Headers as parameters. */
export function headersToParameters(headers: Readonly<Record<string, string | undefined>>): Parameters {
  const parameters: Record<string, ParameterValue> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) parameters[headerPrefix + name] = value;
  }
  return parameters;
}

/** The headers among `parameters`, by the names that stand there: of a request as the client spelled them. */
export function parametersToHeaders(parameters: Parameters = {}): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in parameters) {
    if (name.startsWith(headerPrefix)) headers[name.slice(headerPrefix.length)] = String(parameters[name]);
  }
  return headers;
}
