// What the sidecar adds to a small request: attested TLS in front and one more hop, against asking its upstream directly.

import { runLoad } from "../raw-client.ts";
import type { BenchResult } from "../result.ts";
import { median, quartiles } from "../spread.ts";
import { startProcess, startProgram } from "../started-process.ts";
import { identityRequest } from "./identity-rate.ts";

const rounds = 21;
const seconds = 0.5;
const warmUp = { seconds: 3 };
/** As many bytes as `identity` answers. */
const answer = 250;

/** Milliseconds of the median request on one kept connection, through the sidecar less without it, in turns. */
export async function sidecar(): Promise<readonly BenchResult[]> {
  await using upstream = await startProcess("bench/bare-server.ts", [String(answer)]);
  const port = Number(upstream.line["port"]);
  await using wrapped = await startProgram("sealserve", [
    "sidecar",
    ...["--upstream", `http://127.0.0.1:${port}`, "--protocol", "any", "--log-level", "warn"],
    ...["--port", "0", "--set", "operations.port=0", "--set", "drainDelay=0"],
    // The upstream runs already: what is started here only has to live.
    ...["--", "sleep", "1000000"],
  ]);
  const url = new URL(Object(wrapped.line["listeners"]).sidecar);
  const target = { host: "127.0.0.1", request: identityRequest(), connections: 1 };
  const through = { ...target, port: Number(url.port), tls: true } as const;
  const directly = { ...target, port };
  for (const load of [through, directly]) await runLoad({ ...load, until: warmUp });
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ours.push((await runLoad({ ...through, until: { seconds } })).latency.p50);
    theirs.push((await runLoad({ ...directly, until: { seconds } })).latency.p50);
  }
  const added = ours.map((p50, nth) => p50 - (theirs[nth] ?? Number.NaN));
  return [
    {
      name: "sidecar",
      what: "the sidecar, added to the median request on a kept TLS connection",
      value: median(added),
      unit: "ms",
      asked: { kind: "at most", bound: 0.35 },
      figures: { ...quartiles(added), "ms through it": median(ours), "ms without it": median(theirs) },
    },
  ];
}
