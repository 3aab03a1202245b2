// Batches, full queues, time-outs, job tickets and sequences.
import { type Row, rowsOn, typed } from "../row.ts";

const inference = rowsOn("inference");
const told = "an answer tells the sequence that it belongs to: a client that named none learns it so";
const ended =
  "`one` ended with the request that said so, and made room for this; in the original a request cannot end one";
const sequence = (
  name: string,
  id: string,
  number: string,
  more: Record<string, string> = {},
  differs: string = told,
): Row =>
  inference(name, "POST /predictions/counts", {
    headers: { "Content-Type": "text/plain", ts_request_sequence_id: id, ...more },
    body: number,
    differs,
  });
const start = { ts_request_sequence_start: "true" };
const end = { ts_request_sequence_end: "true" };

export const schedulingRows: readonly Row[] = [
  inference("four at once make a batch", "POST /predictions/batched", { ...typed("text/plain", "a"), times: 4 }),
  inference("one alone waits for the delay", "POST /predictions/batched", typed("text/plain", "a")),
  inference("three at once make a batch of three", "POST /predictions/batched", {
    ...typed("text/plain", "a"),
    times: 3,
  }),
  inference("a short wait", "POST /predictions/slow", typed("text/plain", "0.1")),
  inference("more than the queue holds", "POST /predictions/slow", {
    ...typed("text/plain", "1"),
    times: 4,
    // How many are refused depends on whether the worker takes the first before the others come.
    distinct: true,
  }),
  inference("longer than the response time-out", "POST /predictions/slow", typed("text/plain", "10")),
  inference("it answers after its restart", "POST /predictions/slow", { ...typed("text/plain", "0"), within: 20_000 }),
  inference("longer than the client time-out", "POST /predictions/impatient", {
    ...typed("text/plain", "0.9"),
    limit: 3000,
    differs: "the original never answers such a request",
  }),
  inference("shorter than the client time-out", "POST /predictions/impatient", {
    ...typed("text/plain", "0.1"),
    // A machine that has much to do may be too slow for it.
    limit: 3000,
    within: 20_000,
  }),
  inference("with a job ticket", "POST /predictions/ticket", typed("text/plain", "0.1")),
  inference("three for one job ticket", "POST /predictions/ticket", {
    ...typed("text/plain", "1"),
    times: 3,
    // The last may come so late that the first is done.
    distinct: true,
  }),
  sequence("a sequence begins", "one", "1", start),
  sequence("a sequence goes on", "one", "2"),
  sequence("another sequence begins", "two", "10", start),
  sequence("both are apart", "one", "4"),
  sequence("a sequence ends", "one", "8", end),
  sequence("the other ends", "two", "5", end),
  sequence("a sequence that is over", "one", "16"),
  sequence("a sequence without a start", "never", "1", {}, ended),
  inference("a sequence without a name", "POST /predictions/counts", typed("text/plain", "3")),
];
