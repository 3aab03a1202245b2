// The parts that OpenAPI 3.0.1 documents are made of.

export interface Schema {
  readonly type: string;
  readonly description?: string;
  readonly format?: string;
  readonly default?: string | number | boolean;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

export interface Parameter {
  readonly in: "path" | "query";
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly schema: Schema;
}

interface Content {
  readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
}

export interface Operation {
  readonly description: string;
  readonly operationId: string;
  readonly deprecated?: true;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: Content & { readonly description: string; readonly required: boolean };
  readonly responses: Readonly<Record<string, { readonly description: string } & Partial<Content>>>;
}

/** By path, then by method in small letters. */
export type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

export interface OpenApi {
  readonly openapi: "3.0.1";
  readonly info: { readonly title: string; readonly description?: string; readonly version: string };
  readonly paths: Paths;
}

export function openApi(info: OpenApi["info"], paths: Paths): OpenApi {
  return { openapi: "3.0.1", info, paths };
}

export function inPath(name: string, description: string): Parameter {
  return { in: "path", name, description, required: true, schema: { type: "string" } };
}

export function inQuery(name: string, type: string, description: string, more: Partial<Schema> = {}): Parameter {
  return { in: "query", name, description, required: false, schema: { type, ...more } };
}

/** An object whose properties are all required, unless `required` names fewer. */
export function object(properties: Readonly<Record<string, Schema>>, required = Object.keys(properties)): Schema {
  return { type: "object", ...(required.length > 0 ? { required } : {}), properties };
}

export function described(type: string, description: string): Schema {
  return { type, description };
}

const error = object({
  code: described("integer", "The HTTP status."),
  type: described("string", "The kind of error."),
  message: described("string", "What was wrong."),
});

const reasons: Readonly<Record<number, string>> = {
  400: "Bad request",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  500: "Internal Server Error",
  503: "Service Unavailable",
  507: "Insufficient Storage",
};

export function json(schema: Schema): Content {
  return { content: { "application/json": { schema } } };
}

/** Bytes of any type, as a model takes and gives them. */
export const anyBytes: Content = { content: { "*/*": { schema: { type: "string", format: "binary" } } } };

/** The refusals of an operation, each with the error document. */
export function refusals(...statuses: readonly number[]): Operation["responses"] {
  return Object.fromEntries(
    statuses.map((status) => [status, { description: reasons[status] ?? "Error", ...json(error) }]),
  );
}

/** `{"status": …}` with these codes. */
export function statuses(...codes: readonly number[]): Operation["responses"] {
  const schema = object({ status: described("string", "What was done, or is being done.") });
  const words: Readonly<Record<number, string>> = { 200: "Done", 202: "Accepted", 206: "Not done everywhere yet" };
  return Object.fromEntries(codes.map((code) => [code, { description: words[code] ?? "OK", ...json(schema) }]));
}
