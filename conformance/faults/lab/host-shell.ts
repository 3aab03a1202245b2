// A shell on a host, into which commands are typed as a person would: what one leaves behind, the next one finds.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

export class HostShell {
  readonly #child: ChildProcess;
  #typed = 0;
  #output = "";
  #log = "";

  /** `spawn` starts a program on the host, its three streams being pipes. */
  constructor(spawn: (command: readonly string[]) => ChildProcess) {
    this.#child = spawn(["bash", "-e"]);
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
      this.#child.emit("typed");
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#log += text));
  }

  /** What all that was typed wrote to stderr, also what still runs. */
  get log(): string {
    return this.#log;
  }

  /** What they write to stdout. Rejects where one of them fails, which ends the shell. */
  async type(commands: string): Promise<string> {
    const begun = this.#output.length;
    const end = `\nwhat was typed ended, number ${this.#typed++}\n`;
    this.#child.stdin?.write(`{\n${commands}\n} </dev/null\nprintf '${end.replaceAll("\n", "\\n")}'\n`);
    const stopped = new AbortController();
    const exit = once(this.#child, "exit", { signal: stopped.signal });
    try {
      while (!this.#output.includes(end, begun)) {
        const ended = await Promise.race([
          once(this.#child, "typed", { signal: stopped.signal }),
          exit.then(() => "ended"),
        ]);
        if (ended === "ended") throw new Error(`${commands}\nfailed:\n${this.#log}`);
      }
    } finally {
      exit.catch(() => "it runs on");
      stopped.abort();
    }
    return this.#output.slice(begun, this.#output.indexOf(end, begun));
  }
}
