// The states of a model version that the world sees.

/** The states the world sees; only forward (TensorFlow Serving, `core/servable_state.h`). */
export type ModelState = "start" | "loading" | "available" | "unloading" | "end";
