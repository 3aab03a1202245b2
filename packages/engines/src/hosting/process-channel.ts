// An engine in a process of its own, so that a native crash stays in it.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { OpenChannel } from "./channel.ts";
import { quietEnvironment } from "./quiet-libraries.ts";
import type { EngineMessage } from "./wire.ts";

/** The process has an environment of its own, with nothing of ours. Tensors are copied over a pipe both ways: what is gained is isolation, not speed. */
export const openProcess: OpenChannel = ({ entry, limits }, listener) => {
  const child = fork(fileURLToPath(entry), [], {
    env: { ...quietEnvironment },
    execArgv: limits ? [`--max-old-space-size=${limits.maxHeap}`] : [],
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let ended = false;
  let killed = false;
  const end = (reason: string, outOfMemory = false): void => {
    if (ended) return;
    ended = true;
    listener.ended(reason, outOfMemory);
  };
  child.on("message", (message) => {
    if (!ended) listener.message(message as EngineMessage);
  });
  child.on("error", (error) => {
    // A process that could not start never exits; one that runs is ended by what follows.
    if (child.pid === undefined) end(`its process did not start: ${error.message}`);
  });
  child.on("exit", (code, signal) =>
    signal === null
      ? end(`its process exited with code ${code}`)
      : end(`its process was ended by ${signal}`, signal === "SIGKILL" && !killed),
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => listener.output(text));
  }
  return {
    pid: child.pid ?? -1,
    post: (message) => {
      // That a child is gone, or goes before it has read the message, is told by `exit`.
      if (child.connected) child.send(message, () => undefined);
    },
    kill: () => {
      killed = true;
      child.kill("SIGKILL");
    },
  };
};
