// A manager on a clock that the test drives, and a record of what it tells.
import { setImmediate as turn } from "node:timers/promises";
import { Manager, type ManagerOptions } from "@sealserve/serving";
import { HandDrivenLoader } from "./hand-driven-loader.ts";
import { VirtualClock } from "./virtual-clock.ts";

export function handDrivenManager(options: ManagerOptions = {}) {
  const clock = new VirtualClock();
  const events: string[] = [];
  const manager = new Manager(options, {
    clock,
    onState: ({ name, version, state, reason }) =>
      void events.push(`${name}:${version} ${state}${reason ? ` (${reason})` : ""}`),
  });
  /** The versions by name, each with its loader. */
  const aspire = (model: string, loaders: Readonly<Record<string, HandDrivenLoader>>): void =>
    manager.setAspired(
      model,
      Object.entries(loaders).map(([version, item]) => ({ version, item })),
    );
  const states = (name: string): string =>
    manager
      .status({ name })
      .map(({ version, state }) => `${version} ${state}`)
      .join(", ");
  return { clock, events, manager, aspire, states };
}

/** Brings `version` of `model`, and it alone, to `available`. */
export async function available(
  driven: ReturnType<typeof handDrivenManager>,
  model: string,
  version: string,
): Promise<HandDrivenLoader> {
  const loader = new HandDrivenLoader();
  driven.aspire(model, { [version]: loader });
  await turn();
  loader.succeed();
  await driven.manager.settled();
  return loader;
}
