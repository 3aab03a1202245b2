// Where the file lies that the guard's process starts with: the one place that knows.

/** Beside this file while sources run unbuilt; `guard-main.js` beside the service once it is built into one file. */
export function guardEntry(): URL {
  const source = new URL("./guard-main.ts", import.meta.url);
  return import.meta.url.endsWith(".ts") ? source : new URL("./guard-main.js", import.meta.url);
}
