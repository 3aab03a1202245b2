// What Python handlers get of the server: the configuration, its environment, and users of their own.
import type { ModelCode } from "@sealserve/attestation/attester";
import { openModelUsers, type PythonParts } from "@sealserve/engines";
import type { Logger } from "@sealserve/server";
import type { BackendConfig } from "./config.ts";

export interface PythonWiring {
  readonly environment: PythonParts["environment"];
  /** The process gives evidence. */
  readonly measured: boolean;
  readonly modelCode: ModelCode;
  readonly logger: Logger;
}

/** Throws `ModelUsersError` where the server may not have handlers run as other users. */
export function openPython(
  { python, sequenceHeaders }: Pick<BackendConfig, "python" | "sequenceHeaders">,
  { environment, measured, modelCode, logger }: PythonWiring,
): PythonParts {
  const { users, ...options } = python;
  let isTold = false;
  return {
    options,
    environment,
    memoryOnly: measured,
    // Where not everybody's code may run, nor may that of a folder which the host has mounted.
    imageOnly: modelCode !== "any",
    sequenceHeaders,
    ...(users && { users: openModelUsers(users) }),
    onServersUser() {
      if (!measured || isTold) return;
      isTold = true;
      logger.warn(sharedUser);
    },
  };
}

const sharedUser =
  "python.users is not set: Python handlers run as the server's user, and could read its memory, its keys and other models; give each model a user of its own, or serve only handlers that may see all of it";
