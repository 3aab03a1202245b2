// SHA-256 on a thread of its own, so that a large model is hashed while the next of it is decrypted.
import { Worker } from "node:worker_threads";

export interface HashThread extends AsyncDisposable {
  /** Hashes the piece, after those before it, and gives its memory back in a new view. A piece is all of its buffer. */
  update(piece: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /** 32 bytes, once all pieces were hashed; the last that is asked. */
  digest(): Promise<Uint8Array<ArrayBuffer>>;
}

/** As text, since a service is one bundled file. */
const program = `
const { createHash } = require("node:crypto");
const { parentPort } = require("node:worker_threads");
const hash = createHash("sha256");
parentPort.on("message", (piece) => {
  if (piece) hash.update(piece);
  const answer = piece ?? new Uint8Array(hash.digest());
  parentPort.postMessage(answer, [answer.buffer]);
});
`;

export function hashThread(): HashThread {
  const worker = new Worker(program, { eval: true, env: {}, argv: [], execArgv: [] });
  const waiting: PromiseWithResolvers<Uint8Array<ArrayBuffer>>[] = [];
  worker.on("message", (bytes: Uint8Array<ArrayBuffer>) => waiting.shift()?.resolve(bytes));
  worker.on("error", (error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  });
  const ask = (piece: Uint8Array<ArrayBuffer> | null): Promise<Uint8Array<ArrayBuffer>> => {
    const answer = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    answer.promise.catch(() => "whoever waits for an earlier piece is told the same");
    waiting.push(answer);
    worker.postMessage(piece, piece ? [piece.buffer] : []);
    return answer.promise;
  };
  return {
    update: ask,
    digest: () => ask(null),
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
