// How a backend says that it has not begun with a request, so that another backend may take it.
import type { AnyInferenceError } from "@sealserve/inference";
import type { HttpAnswer, HttpHeaders } from "../http/message.ts";
import type { Protocol } from "../http/protocol.ts";

const header = "x-sealserve-not-started";

/** Put on refusals (503) of requests that were not begun. */
export const notStartedHeaders: HttpHeaders = { [header]: "1" };

/** Whether the answer says that its request was not begun. */
export function wasNotStarted({ status, headers }: Pick<HttpAnswer, "status" | "headers">): boolean {
  return status === 503 && headers[header] === "1";
}

/** The protocol, with that said where it refuses before it begins. */
export function tellingNotStarted(protocol: Protocol): Protocol {
  return {
    ...protocol,
    refuse(error) {
      const reply = protocol.refuse(error);
      const telling = reply.status === 503 && isBeforeStart(error);
      return telling ? { ...reply, headers: { ...reply.headers, ...notStartedHeaders } } : reply;
    },
  };
}

/** Of these codes a request is refused at the door: no engine has seen it. */
function isBeforeStart({ code }: AnyInferenceError): boolean {
  switch (code) {
    case "shutting-down":
    case "model-not-ready":
    case "no-instance":
    case "queue-full":
      return true;
    default:
      return false;
  }
}
