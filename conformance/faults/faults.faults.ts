// Faults over real processes, each on a host of its own: what clients see, that nothing sealed opens, that nothing acknowledged is lost.
import { after, before, describe } from "node:test";
import { Changes } from "./lab/changes.ts";
import { Lab } from "./lab/lab.ts";
import { missingForLab } from "./lab/whole-machine.ts";
import { databaseRows } from "./rows/databases.ts";
import { killRows } from "./rows/kills.ts";
import { partitionRows } from "./rows/partitions.ts";
import { poorNetworkRows } from "./rows/poor-networks.ts";
import { renewalRows } from "./rows/renewals.ts";
import type { Shared } from "./rows/row.ts";
import { wrongClockRows } from "./rows/wrong-clocks.ts";

describe("two frontends, three backends and two key brokers on PostgreSQL", { skip: missingForLab() }, () => {
  let lab: Lab;
  let changes: Changes;
  before(
    async () => {
      lab = await Lab.open();
      changes = new Changes(lab);
    },
    { timeout: 120_000 },
  );
  after(() => lab?.[Symbol.asyncDispose]());
  const shared: Shared = () => ({ lab, changes });

  killRows(shared);
  partitionRows(shared);
  poorNetworkRows(shared);
  wrongClockRows(shared);
  databaseRows(shared);
  // Last: from here on certificates end within seconds.
  renewalRows(shared);
});
