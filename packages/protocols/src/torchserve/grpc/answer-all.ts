// Answers many requests of one stream side by side, each with any number of answers.

interface Step<T> {
  /** Null: of the requests themselves. */
  readonly from: AsyncIterator<T> | null;
  readonly result: IteratorResult<T>;
}

/** In whatever order answers come. At most `limit` requests are open at once; no further one is read until one of them has come to its end. */
export async function* answerAll<Request, Answer>(
  requests: AsyncIterable<Request>,
  answer: (request: Request) => AsyncIterable<Answer>,
  limit: number,
): AsyncGenerator<Answer> {
  const incoming = requests[Symbol.asyncIterator]();
  const open = new Map<AsyncIterator<Answer>, Promise<Step<Answer>>>();
  let next: Promise<IteratorResult<Request>> | null = incoming.next();
  try {
    while (next || open.size > 0) {
      const asked: Promise<IteratorResult<Request>> | null = open.size < limit ? next : null;
      const step: Step<Answer> | IteratorResult<Request> = await Promise.race([
        ...(asked ? [asked] : []),
        ...open.values(),
      ]);
      if (!("from" in step)) {
        next = step.done ? null : incoming.next();
        if (!step.done) begin(answer(step.value)[Symbol.asyncIterator]());
      } else if (step.from && step.result.done) open.delete(step.from);
      else if (step.from) {
        yield step.result.value;
        begin(step.from);
      }
    }
  } finally {
    // Whoever stops reading gives all of them up; they end by their signal, and nobody waits for that.
    for (const iterator of open.keys()) iterator.return?.().catch(() => "its error is nobody's any more");
  }

  function begin(from: AsyncIterator<Answer>): void {
    open.set(
      from,
      from.next().then((result) => ({ from, result })),
    );
  }
}
