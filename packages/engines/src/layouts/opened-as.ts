// A model under the name by which it is asked, which may be another than its files'.
import { LayoutError } from "../layout-error.ts";
import type { ModelDefinition } from "../model-definition.ts";
import type { OpenedAs } from "./scanned-model.ts";

/** Of a layout that has no handlers. Throws `config-unsupported` where one is named. */
export function openedAs(definition: ModelDefinition, { name, handler, runtime }: OpenedAs = {}): ModelDefinition {
  const [field] = Object.entries({ handler, runtime }).find(([, value]) => value !== undefined) ?? [];
  if (field !== undefined) {
    const instead = "only a model archive that is not sealed can be given another one";
    throw new LayoutError("config-unsupported", { location: definition.location, field, instead });
  }
  return name === undefined ? definition : { ...definition, name };
}
