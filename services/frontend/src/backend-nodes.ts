// The backends that serve, as management calls see them: how far each has come, and what its store holds.
import type { BackendView } from "./routing/backend-view.ts";
import type { AskNodes } from "./state/index.ts";

/** As they last reported. One that is away, starts or goes holds nobody up: it comes to the state before it serves. */
export function backendNodes(views: () => readonly BackendView[]): AskNodes {
  return async () =>
    views().flatMap(({ url, report, ejected }) => {
      if (!report?.ready || report.draining || ejected) return [];
      const { desired, models, stored, workflows } = report;
      return [{ where: url, desired, models, stored, ...(workflows && { workflows }) }];
    });
}
