// A progress bar over bytes, drawn only where a terminal shows it.
import { Presets, SingleBar } from "cli-progress";

/** Below this many bytes the work is done before a bar could be read. */
const worthShowing = 4 * 1024 * 1024;

export interface ByteProgress extends Disposable {
  update(done: number, total: number): void;
  finish(): void;
}

export function byteProgress(verb: string, stream: NodeJS.WriteStream): ByteProgress {
  const bar = new SingleBar(
    { format: `${verb} {bar} {percentage}% | {value}/{total} bytes | {eta_formatted}`, stream, clearOnComplete: true },
    Presets.shades_classic,
  );
  let running = false;
  const finish = (): void => {
    if (running) bar.stop();
    running = false;
  };
  return {
    update(done, total) {
      if (!stream.isTTY || total < worthShowing) return;
      if (!running) bar.start(total, done);
      running = true;
      bar.update(done);
    },
    finish,
    [Symbol.dispose]: finish,
  };
}
