// Who may ask a backend: processes of its own mesh in the one role that it serves, for as long as their certificates and its own hold.
import { InferenceError } from "@sealserve/inference";
import { utf8 } from "@sealserve/primitives";
import type { HttpReply, HttpRequest, Protocol, RouteHandler, TlsChannel } from "@sealserve/protocols";
import { closing } from "@sealserve/server";
import { meshNameOf } from "@sealserve/session/node";

export interface MeshDoorOptions {
  readonly trustDomain: string;
  /** Whom it lets in, such as `frontend`. */
  readonly role: string;
  /** Whose processes it lets in; null: the mesh knows no tenants. */
  readonly tenant: string | null;
}

export interface MeshDoorParts {
  readonly epoch: () => number;
  /** When this process's own certificate ends, in milliseconds since 1970. */
  readonly ownEnd: () => number;
}

/** Milliseconds since 1970. */
interface Admission {
  /** From then on replies close the connection, so that its client comes anew with a new certificate. */
  readonly renewAt: number;
  /** From then on requests are refused, unbegun. */
  readonly endsAt: number;
}

/** Share of a connection's time after which it is renewed. */
const renewAfter = 5 / 6;

/**
 * The TLS listener has checked that certificates lead to the mesh's roots. It asks `admits` at the handshake; `guard` asks again at each request, as
 * certificates end while connections last.
 */
export class MeshDoor {
  readonly #options: MeshDoorOptions;
  readonly #parts: MeshDoorParts;
  /** Once for each connection; null: not let in. */
  readonly #admissions = new WeakMap<TlsChannel, Admission | null>();

  constructor(options: MeshDoorOptions, parts: MeshDoorParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Whether whoever opened this connection may ask anything at all. */
  admits(channel: TlsChannel): boolean {
    return this.#admissionOf({ channel }) !== null;
  }

  /** The protocol behind this door: a stranger is answered 403 whatever it asks, and its connection closed. */
  guard(protocol: Protocol): Protocol {
    const handlers = protocol.handlers.map((handler) => this.#guarded(handler));
    return {
      ...protocol,
      handlers,
      unmatched: (request) => (this.#admissionOf(request) ? protocol.unmatched(request) : forbidden()),
    };
  }

  #guarded(handler: RouteHandler): RouteHandler {
    const { name, method, path } = handler;
    const handle: RouteHandler["handle"] = async (request, captured, signal) => {
      const admission = this.#admissionOf(request);
      if (!admission) return forbidden();
      const now = this.#parts.epoch();
      if (now >= admission.endsAt) throw new InferenceError("shutting-down", {});
      const reply = await handler.handle(request, captured, signal);
      return now < admission.renewAt ? reply : closing(reply);
    };
    return { name, method, path, handle };
  }

  #admissionOf({ channel }: Pick<HttpRequest, "channel">): Admission | null {
    if (!channel) return null;
    const known = this.#admissions.get(channel);
    if (known !== undefined) return known;
    const admission = this.#judge(channel);
    this.#admissions.set(channel, admission);
    return admission;
  }

  #judge(channel: TlsChannel): Admission | null {
    const shown = channel.clientCertificate();
    const name = shown && shown.problem === null ? meshNameOf(shown.der) : null;
    const { trustDomain, role, tenant } = this.#options;
    if (name?.trustDomain !== trustDomain || name.role !== role) return null;
    // Each tenant's policies say who is a frontend: another's may call anything one.
    if (tenant !== null && name.tenant !== tenant) return null;
    const now = this.#parts.epoch();
    const endsAt = Math.min(name.notAfter, this.#parts.ownEnd());
    return { renewAt: now + (endsAt - now) * renewAfter, endsAt };
  }
}

function forbidden(): HttpReply {
  const body = [utf8(JSON.stringify({ error: "this certificate does not allow to ask here" }))];
  return closing({ status: 403, headers: { "content-type": "application/json" }, body });
}
