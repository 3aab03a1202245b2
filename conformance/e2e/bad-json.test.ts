// Bodies that are not JSON, or JSON that no honest client sends: each is a 400, over every protocol.
import { protocolNames } from "./predictions.ts";
import { lastingServer, type Refusal, refuses } from "./refusals.ts";

const served = lastingServer();

/** A document that each protocol would take. */
const documents = {
  torchserve: '{"input":[[1,2,3,4]]}',
  openInference: '{"inputs":[{"name":"input","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]}]}',
  tensorflowServing: '{"inputs":{"input":[[1,2,3,4]]}}',
} as const;

const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Each makes of a good document a bad one. */
const faults: readonly (Pick<Refusal, "what" | "says"> & { readonly of: (good: string) => Refusal["body"] })[] = [
  { what: "cut off", of: (good) => good.slice(0, -2), says: [] },
  { what: "cut off within a number", of: (good) => good.slice(0, good.indexOf("4]") + 1), says: [] },
  { what: "an empty body", of: () => "", says: [] },
  { what: "only space", of: () => " \n\t ", says: [] },
  { what: "a word", of: () => "hello", says: [] },
  { what: "a comma too many", of: (good) => good.replace("4]", "4,]"), says: [] },
  { what: "a comma too few", of: (good) => good.replace("1,2", "1 2"), says: [] },
  { what: "a number with a leading zero", of: (good) => good.replace("1,2", "01,2"), says: [] },
  { what: "a number that is only a sign", of: (good) => good.replace("1,2", "-,2"), says: [] },
  { what: "hexadecimal", of: (good) => good.replace("1,2", "0x1,2"), says: [] },
  { what: "single quotes", of: (good) => good.replaceAll('"', "'"), says: [] },
  { what: "a comment", of: (good) => `/* */${good}`, says: [] },
  { what: "trailing bytes", of: (good) => `${good}x`, says: [] },
  { what: "a second document", of: (good) => good + good, says: [] },
  {
    what: "a byte order mark in UTF-16",
    of: (good) => bytes(`\xff\xfe${[...good].map((c) => `${c}\0`).join("")}`),
    says: [],
  },
  { what: "bytes that are not UTF-8 in a key", of: (good) => bytes(good.replace('{"', '{"\xff\xfe":0,"')), says: [] },
  { what: "a control character in a key", of: (good) => good.replace('{"', '{"a\nb":0,"'), says: [] },
  { what: "half a surrogate escape", of: (good) => good.replace('{"', '{"\\ud8":0,"'), says: [] },
  { what: "a key twice", of: (good) => good.replace("{", `{${good.slice(1, -1)},`), says: ["same key twice"] },
  { what: "depth 10,000", of: (good) => good.replace("1,2", `${"[".repeat(10_000)}${"]".repeat(10_000)},2`), says: [] },
  { what: "depth 10,000 and no end", of: (good) => good.replace("1,2", "[".repeat(10_000)), says: [] },
  {
    what: "depth 10,000 in objects",
    of: (good) => good.replace("1,2", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)},2`),
    says: [],
  },
  { what: "a key of 1 MB", of: (good) => good.replace('{"', `{"${"k".repeat(1_000_000)}":0,"`), says: ["65536 bytes"] },
  {
    what: "100,000 keys",
    of: (good) => good.replace('{"', `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":0,`).join("")}"`),
    says: [],
  },
];

for (const protocol of protocolNames) {
  refuses(
    served,
    protocol,
    faults.map(({ what, of, says }) => ({ what, body: of(documents[protocol]), says })),
  );
}
