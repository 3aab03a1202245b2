// Seals or opens 2 GiB in a process of its own, then prints one JSON line: memory in MiB, idle and at its peak.
import { readFileSync } from "node:fs";
import { generateKeyPair, open, parseIdentity, parseRecipient, seal } from "@sealserve/sealing";
import { drain, repeat } from "./byte-streams.ts";

const size = 2 ** 31;
const { identity, recipient } = await generateKeyPair();
const [recipients, identities] = [[parseRecipient(recipient)], [parseIdentity(identity)]];

const idle = memoryOf("VmRSS");
const sealed = seal(repeat(new Uint8Array(262_144), size), recipients);
await drain(process.argv[2] === "open" ? open(inFewBuffers(sealed), identities) : sealed);
process.stdout.write(`${JSON.stringify({ idle, peak: memoryOf("VmHWM") })}\n`);

/** The same pieces in a few buffers that take turns, so that what sealing leaves behind is not counted as opening's. */
function inFewBuffers(stream: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array> {
  const buffers = Array.from({ length: 8 }, () => new Uint8Array(65_536));
  const reader = stream.getReader();
  let turn = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        const buffer = buffers[turn++ % buffers.length] ?? new Uint8Array();
        buffer.set(value);
        controller.enqueue(buffer.subarray(0, value.length));
        // Frees the memory at once.
        if (value.length === value.buffer.byteLength) value.buffer.transfer(0);
      },
    },
    { highWaterMark: 0 },
  );
}

/** MiB by the kernel's count: now, or the most there ever was. */
function memoryOf(field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}
