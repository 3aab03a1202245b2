// A progress bar over bytes with its throughput, drawn only where a terminal shows it.
import { Presets, SingleBar } from "cli-progress";

/** Below this many bytes the work is done before a bar could be read. */
const worthShowing = 4 * 1024 * 1024;

export interface ByteProgress extends Disposable {
  update(done: number, total: number): void;
  finish(): void;
}

export function byteProgress(verb: string, stream: NodeJS.WriteStream): ByteProgress {
  const bar = new SingleBar(
    {
      format: `${verb} {bar} {percentage}% | {value}/{total} bytes | {rate} | {eta_formatted}`,
      stream,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  const started = performance.now();
  let running = false;
  const finish = (): void => {
    if (running) bar.stop();
    running = false;
  };
  return {
    update(done, total) {
      if (!stream.isTTY || total < worthShowing) return;
      const payload = { rate: throughput(done, performance.now() - started) };
      if (!running) bar.start(total, done, payload);
      running = true;
      bar.update(done, payload);
    },
    finish,
    [Symbol.dispose]: finish,
  };
}

/** `bytes` in so many milliseconds, as people read it. */
export function throughput(bytes: number, milliseconds: number): string {
  return `${(bytes / 1000 / Math.max(milliseconds, 1)).toFixed(1)} MB/s`;
}
