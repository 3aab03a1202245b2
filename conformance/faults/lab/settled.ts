// When the lab is whole again: every process is ready, and each frontend sends requests to each backend.
import { until } from "../../e2e/until.ts";
import { backends, brokers, frontends, type Host, type Lab } from "./lab.ts";

const operations = { frontend: 9002, backend: 9001, broker: 8442 } as const;

export async function isReady(lab: Lab, host: Host, role: keyof typeof operations): Promise<boolean> {
  return (await askOperations(lab, host, role, "readyz")).status === 200;
}

/** Waits until all is well again; returns after how many milliseconds it was. */
export async function settled(lab: Lab, limit = 40_000): Promise<number> {
  const begun = performance.now();
  let missing = "";
  const look = async (): Promise<boolean> => {
    for (const host of brokers) if (!(await isReady(lab, host, "broker"))) missing = `${host} is not ready`;
    for (const host of backends) if (!(await isReady(lab, host, "backend"))) missing = `${host} is not ready`;
    for (const host of frontends) {
      const { text } = await askOperations(lab, host, "frontend", "metrics");
      const routable = [...text.matchAll(/^sealserve_backend_routable\{[^}]*\} 1$/gm)].length;
      if (routable < backends.length) missing = `${host} sends requests to ${routable} backends`;
    }
    const well = missing === "";
    if (!well) last = missing;
    missing = "";
    return well;
  };
  let last = "";
  await until(look, () => `it is not well again: ${last}`, { limit, interval: 100 });
  return performance.now() - begun;
}

function askOperations(lab: Lab, host: Host, role: keyof typeof operations, path: string) {
  return lab.client.ask({ url: `http://${lab.network.address(host)}:${operations[role]}/${path}`, timeout: 2_000 });
}
