// Answers of a stream that came and are not read yet, oldest first.
import type { InferenceResponse } from "@sealserve/inference";

export class HeldAnswers {
  readonly #answers: InferenceResponse[] = [];
  #bytes = 0;

  /** Of all tensors of all answers that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  add(answer: InferenceResponse): void {
    this.#answers.push(answer);
    this.#bytes += bytesOf(answer);
  }

  /** The oldest, taken out. */
  take(): InferenceResponse | undefined {
    const answer = this.#answers.shift();
    if (answer) this.#bytes -= bytesOf(answer);
    return answer;
  }

  /** All of them, taken out. */
  takeAll(): readonly InferenceResponse[] {
    this.#bytes = 0;
    return this.#answers.splice(0);
  }
}

function bytesOf({ outputs }: InferenceResponse): number {
  return outputs.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
