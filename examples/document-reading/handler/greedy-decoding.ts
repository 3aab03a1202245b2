// Text from the probabilities of a CTC model: the likeliest class of each step, repeats and blanks left out.

export interface ReadText {
  readonly text: string;
  /** Mean probability of the characters that were kept; 0 for no text. */
  readonly confidence: number;
}

/** The classes of PP-OCR's models: blank, the lines of the key file, space. */
export function characterClasses(keys: string): readonly string[] {
  const lines = keys.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return ["", ...lines, " "];
}

/** `probabilities` are `steps` × `classes.length`. */
export function decodeGreedily(probabilities: Float32Array, classes: readonly string[]): ReadText {
  const width = classes.length;
  let text = "";
  let kept = 0;
  let sum = 0;
  let last = 0;
  for (let start = 0; start + width <= probabilities.length; start += width) {
    const best = likeliest(probabilities, start, width);
    if (best !== 0 && best !== last) {
      text += classes[best];
      kept += 1;
      sum += probabilities[start + best] ?? 0;
    }
    last = best;
  }
  return { text: text.trim(), confidence: kept === 0 ? 0 : sum / kept };
}

function likeliest(values: Float32Array, start: number, width: number): number {
  let best = 0;
  for (let i = 1; i < width; i++) if ((values[start + i] ?? 0) > (values[start + best] ?? 0)) best = i;
  return best;
}
