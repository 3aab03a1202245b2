// The administrators' calls: tenants, keys, policies, reference values, resources; each with a signed token.

import { toBase64 } from "../http/base64.ts";
import { pathPattern } from "../http/path-pattern.ts";
import type { Route } from "../http/route.ts";
import { bearerOf, jsonReply, jsonRequest, readJsonReply, refuseQuery } from "./json-route.ts";
import { nameShape } from "./names.ts";
import {
  anyObject,
  base64,
  flag,
  list,
  nullable,
  oneOf,
  readJson,
  record,
  type Shape,
  text,
  unread,
  whole,
} from "./shape.ts";

/** Beside its own arguments each call has the administrator's token; null is refused. */
export interface Administered {
  readonly token: string | null;
}

export interface KeyDocument {
  readonly name: string;
  readonly generation: number;
  readonly recipient: string;
  readonly enabled: boolean;
  readonly created: string;
}

export interface ModelDocument {
  readonly model: string;
  /** As it was set; null where there are only reference values. */
  readonly policy: unknown;
  readonly references: readonly unknown[];
  /** Tags alone: contents never come back. */
  readonly resources: readonly string[];
}

/** One of the broker's own keys that is trusted now. */
export interface OwnKeyDocument {
  /** `ear` or `mesh`; successors are `mesh/2` and so on. */
  readonly name: string;
  /** Beginning of the SHA-256 of the public key, hex. */
  readonly id: string;
  /** ISO 8601; null: since it was made. */
  readonly signsFrom: string | null;
  /** ISO 8601; null: as long as it has no successor. */
  readonly trustedUntil: string | null;
}

/** The names in braces of a path. */
type Captures<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Captures<Rest>
  : never;

/** Captures of the path and members of the body together are the arguments. */
type Arguments<Path extends string, Body extends object> = Administered & {
  readonly [Name in Captures<Path>]: string;
} & Body;

interface Row<Path extends string, Body extends object, R> {
  readonly name: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: Path;
  /** How the body is read, and written; left out: there is none. */
  readonly body?: { readonly shape: Shape<Body>; write(args: Body): object };
  readonly reply: Shape<R>;
}

function administered<const Path extends string, R, Body extends object = Record<never, never>>(
  row: Row<Path, Body, R>,
): Route<Arguments<Path, Body>, R> {
  const { name, method, body, reply } = row;
  const path = pathPattern(row.path);
  const names = [...row.path.matchAll(/\{(\w+)\}/g)].map(([, capture]) => capture ?? "");
  return {
    name,
    method,
    path,
    writeRequest(args) {
      const given = new Map(Object.entries(args));
      const captured = Object.fromEntries(names.map((each) => [each, String(given.get(each))]));
      return jsonRequest({
        method,
        path,
        captured,
        token: args.token,
        ...(body ? { document: body.write(args) } : {}),
      });
    },
    readRequest(request, captured) {
      refuseQuery(request);
      const named = Object.fromEntries(names.map((each) => [each, nameShape(captured[each], each)]));
      const read = body ? readJson(request.body, body.shape) : {};
      return { ...read, ...named, token: bearerOf(request) } as Arguments<Path, Body>;
    },
    writeReply: (result) => jsonReply(result ?? {}),
    readReply: (answer) => readJsonReply(answer, reply),
  };
}

/** A body whose document is its members as they are. */
function plainBody<Body extends object>(shape: Shape<Body>, ...members: readonly (keyof Body & string)[]) {
  const write = (args: Body): object => Object.fromEntries(members.map((member) => [member, args[member]]));
  return { shape, write };
}

const done: Shape<void> = (value, at) => {
  anyObject(value, at);
};

const keyShape: Shape<KeyDocument> = record({
  name: nameShape,
  generation: whole(1, 2 ** 31),
  recipient: text(4096),
  enabled: flag,
  created: text(64),
});
const kind = oneOf("x25519", "post-quantum");
const modelShape: Shape<ModelDocument> = record({
  model: nameShape,
  policy: unread,
  references: list(unread, 10_000),
  resources: list(text(128), 10_000),
});

const tenants = {
  listTenants: administered({
    name: "list-tenants",
    method: "GET",
    path: "/admin/v1/tenants",
    reply: list(nameShape, 100_000),
  }),
  createTenant: administered({
    name: "create-tenant",
    method: "PUT",
    path: "/admin/v1/tenants/{tenant}",
    reply: done,
  }),
  readMesh: administered({
    name: "read-mesh",
    method: "GET",
    path: "/admin/v1/tenants/{tenant}/mesh",
    /** SHA-256 in hex, as evidence names it (docs/design/002), of the roots that are trusted now, in PEM. */
    reply: record({ digest: text(64), trustDomain: text(255), roots: text(1024 * 1024) }),
  }),
};

const keyPath = "/admin/v1/tenants/{tenant}/keys/{name}";
const kindBody = plainBody(record({ kind }), "kind");

const keys = {
  listKeys: administered({
    name: "list-keys",
    method: "GET",
    path: "/admin/v1/tenants/{tenant}/keys",
    reply: list(keyShape, 100_000),
  }),
  createKey: administered({ name: "create-key", method: "PUT", path: keyPath, body: kindBody, reply: keyShape }),
  importKey: administered({
    name: "import-key",
    method: "POST",
    path: `${keyPath}/import`,
    body: plainBody(record({ identity: text(4096) }), "identity"),
    reply: keyShape,
  }),
  rotateKey: administered({
    name: "rotate-key",
    method: "POST",
    path: `${keyPath}/rotate`,
    body: kindBody,
    reply: keyShape,
  }),
  enableKey: administered({
    name: "enable-key",
    method: "POST",
    path: `${keyPath}/enabled`,
    body: plainBody(record({ generation: nullable(whole(1, 2 ** 31)), enabled: flag }), "generation", "enabled"),
    reply: done,
  }),
};

const ownKeysShape: Shape<readonly OwnKeyDocument[]> = list(
  record({
    name: text(64),
    id: text(64),
    signsFrom: nullable(text(64)),
    trustedUntil: nullable(text(64)),
  }),
  1_000,
);

const ownKeys = {
  listOwnKeys: administered({
    name: "list-own-keys",
    method: "GET",
    path: "/admin/v1/own-keys",
    reply: ownKeysShape,
  }),
  /** `overlap` in seconds; null: what is right for what the old key has signed; 0: that is good for nothing any more. */
  rotateOwnKey: administered({
    name: "rotate-own-key",
    method: "POST",
    path: "/admin/v1/own-keys/{purpose}/rotate",
    body: plainBody(record({ overlap: nullable(whole(0, 366 * 86_400)) }), "overlap"),
    reply: ownKeysShape,
  }),
};

const modelPath = "/admin/v1/tenants/{tenant}/models/{model}";

const policies = {
  listModels: administered({
    name: "list-models",
    method: "GET",
    path: "/admin/v1/tenants/{tenant}/models",
    reply: list(modelShape, 100_000),
  }),
  setPolicy: administered({
    name: "set-policy",
    method: "PUT",
    path: `${modelPath}/policy`,
    body: plainBody(record({ policy: unread }), "policy"),
    reply: done,
  }),
  removePolicy: administered({
    name: "remove-policy",
    method: "DELETE",
    path: `${modelPath}/policy`,
    reply: done,
  }),
  setReference: administered({
    name: "set-reference",
    method: "PUT",
    path: `${modelPath}/references`,
    body: plainBody(record({ reference: unread }), "reference"),
    reply: done,
  }),
  removeReference: administered({
    name: "remove-reference",
    method: "DELETE",
    path: `${modelPath}/references/{name}`,
    reply: done,
  }),
};

const resourcePath = `${modelPath}/resources/{tag}` as const;

const resources = {
  listResources: administered({
    name: "list-resources",
    method: "GET",
    path: `${modelPath}/resources`,
    reply: list(nameShape, 10_000),
  }),
  setResource: administered({
    name: "set-resource",
    method: "PUT",
    path: resourcePath,
    body: {
      shape: record({ content: base64(512 * 1024) }),
      write: ({ content }: { readonly content: Uint8Array }) => ({ content: toBase64(content) }),
    },
    reply: done,
  }),
  removeResource: administered({
    name: "remove-resource",
    method: "DELETE",
    path: resourcePath,
    reply: done,
  }),
};

/** Asked without proof: what tokens must say in `aud`. Who answers may lie, so that a token by this answer must name the server that gave it. */
export const aboutRoute: Route<Record<never, never>, { readonly audience: string }> = {
  name: "about",
  method: "GET",
  path: pathPattern("/admin/v1/about"),
  writeRequest: () => jsonRequest({ ...aboutRoute }),
  readRequest(request) {
    refuseQuery(request);
    return {};
  },
  writeReply: (about) => jsonReply(about),
  readReply: (answer) => readJsonReply(answer, record({ audience: text(512) })),
};

export const adminRoutes = { ...tenants, ...keys, ...ownKeys, ...policies, ...resources };
