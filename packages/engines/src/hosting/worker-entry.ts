// Where the file lies that an engine's thread or process starts with: the one place that knows.

/** Beside this file while sources run unbuilt; `worker-main.js` beside the service once it is built into one file. */
export function workerEntry(): URL {
  const source = new URL("./worker-main.ts", import.meta.url);
  return import.meta.url.endsWith(".ts") ? source : new URL("./worker-main.js", import.meta.url);
}
