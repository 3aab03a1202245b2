// How the demo talks: steps, what each proves to whom, and whether it held.

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** `proof`: what the step proves, and to whom. */
export function step(title: string, proof: string): void {
  say(`\n${title}\n  proves: ${proof}`);
}

export function tell(what: string, holds: boolean): boolean {
  say(`  ${holds ? "✓" : "✗"} ${what}`);
  return holds;
}
