// Finds the handler in what a module exports.
import type { Handler } from "./base-handler.ts";

type Exports = Readonly<Record<string, unknown>>;
type HandlerClass = new () => Handler;

/** An instance of the one exported class with a method `handle`, or the exported function `handle`. Throws where there is neither. */
export function handlerOf(name: string, exports: Exports): Handler {
  const classes = [...new Set(Object.values(exports).filter(isHandlerClass))];
  const [only, second] = classes;
  if (second) {
    const found = classes.map((one) => one.name).join(", ");
    throw new TypeError(`'${name}' exports ${classes.length} handlers (${found}); export one`);
  }
  if (only) return new only();
  const handle = exports["handle"];
  if (typeof handle === "function") return { handle: (rows, context) => handle(rows, context) };
  throw new TypeError(`'${name}' exports no handler; export a class with a method 'handle', or a function 'handle'`);
}

/** The exported function of this name, as a handler that does nothing else. Throws where there is none. */
export function functionOf(file: string, name: string, exports: Exports): Handler {
  const handle = Object.hasOwn(exports, name) ? exports[name] : undefined;
  if (typeof handle === "function") return { handle: (rows, context) => handle(rows, context) };
  throw new TypeError(`'${file}' exports no function '${name}'`);
}

function isHandlerClass(value: unknown): value is HandlerClass {
  return typeof value === "function" && typeof value.prototype?.handle === "function";
}
