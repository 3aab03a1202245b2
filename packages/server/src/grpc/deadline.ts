// The time that a client gives its call (`grpc-timeout`).
import { GrpcRefusal } from "@sealserve/protocols/grpc";

/** A unit in milliseconds. */
const units: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000001 };

/** Milliseconds; null where it gives none. Throws `invalid-argument`. */
export function timeoutOf(header: string | undefined): number | null {
  if (header === undefined) return null;
  const [, amount, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(header) ?? [];
  const milliseconds = units[unit];
  if (amount === undefined || milliseconds === undefined) {
    throw new GrpcRefusal("invalid-argument", "grpc-timeout is up to eight digits and one of H, M, S, m, u and n");
  }
  return Number(amount) * milliseconds;
}
