// Opens a repository, and tries again where nothing but somebody's absence was in the way.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { AttesterError } from "@sealserve/attestation/attester";
import type { IdentitiesFor } from "@sealserve/client/identities";
import { pauseBy, reasonOf } from "@sealserve/primitives";
import { isKeyBrokerError } from "@sealserve/protocols/key-broker";
import type { Logger } from "@sealserve/server";
import type { Clock } from "@sealserve/serving";
import { SessionError } from "@sealserve/session";
import { type OpenedModel, type OpenRepositoryOptions, openRepository } from "./open-repository.ts";

export interface OpenWithRetriesParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
}

/** About a minute in all. */
const attempts = 7;

/** Throws what `openRepository` throws. */
export async function openWithRetries(
  options: OpenRepositoryOptions,
  identitiesFor: IdentitiesFor,
  { clock, logger, stopping }: OpenWithRetriesParts,
): Promise<readonly OpenedModel[]> {
  const pause = pauseBy(clock);
  for (let attempt = 1; ; attempt++) {
    try {
      const opened = await openRepository(options, identitiesFor, stopping);
      logger.info("the repository is open", { models: opened.map(({ model }) => model) });
      return opened;
    } catch (error) {
      stopping.throwIfAborted();
      if (attempt >= attempts || !isPassing(error)) throw error;
      logger.warn("the repository cannot be opened yet", { attempt, attempts, reason: reasonOf(error) });
      await pause(attempt, stopping);
      // What was opened so far is opened again.
      for (const name of await readdir(options.into)) await rm(join(options.into, name), { recursive: true });
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof AttesterError) return error.code === "busy";
  if (error instanceof SessionError) return error.code === "unreachable";
  if (!isKeyBrokerError(error)) return false;
  return ["collateral-unavailable", "too-many-requests", "unavailable", "internal", "session-refused"].includes(
    error.code,
  );
}
