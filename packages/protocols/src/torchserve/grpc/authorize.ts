// Whether whoever calls has shown the token that its calls need.
import type { GrpcProtocol } from "../../grpc/protocol.ts";
import { GrpcRefusal } from "../../grpc/status.ts";
import { tokenRefused } from "./refusals.ts";

export interface AuthorizeParts {
  /** `authorization`: as it came, null where none did. Left out: no token is asked for. */
  authorize?(kind: "inference" | "management", authorization: string | null): boolean;
}

export function admitBy(kind: "inference" | "management", { authorize }: AuthorizeParts): Pick<GrpcProtocol, "admit"> {
  if (!authorize) return {};
  return {
    admit(_, { headers }) {
      if (authorize(kind, headers["authorization"] ?? null)) return;
      throw new GrpcRefusal(tokenRefused.code, tokenRefused.message);
    },
  };
}
