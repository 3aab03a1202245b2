// A Kubernetes API that knows some objects and takes none: enough for helm to look things up and to print its notes.
import { once } from "node:events";
import { createServer } from "node:http";
import type { KubernetesObject } from "../kubernetes-object.ts";

export interface ApiServer extends AsyncDisposable {
  readonly url: string;
}

/** `kinds`: objects of every kind that helm will ask about; `there`: those that exist. */
export async function apiServer(
  kinds: readonly KubernetesObject[],
  there: readonly KubernetesObject[],
): Promise<ApiServer> {
  const server = createServer((request, response) => {
    const [path = ""] = (request.url ?? "").split("?");
    const found = answer(path, kinds, there);
    response.writeHead(found === null ? 404 : 200, { "content-type": "application/json" });
    response.end(
      JSON.stringify(found ?? { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function answer(path: string, kinds: readonly KubernetesObject[], there: readonly KubernetesObject[]): object | null {
  const versions = [...new Set(kinds.map(({ apiVersion }) => apiVersion))];
  const groups = versions.filter((version) => version.includes("/"));
  if (path === "/version") return { major: "1", minor: "33", gitVersion: "v1.33.0" };
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"] };
  if (path === "/apis") {
    return {
      kind: "APIGroupList",
      apiVersion: "v1",
      groups: groups.map((groupVersion) => {
        const [name = "", version = ""] = groupVersion.split("/");
        return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
      }),
    };
  }
  const listed = versions.find((version) => path === `/${version === "v1" ? "api" : "apis"}/${version}`);
  if (listed !== undefined) {
    const names = new Set(kinds.filter(({ apiVersion }) => apiVersion === listed).map(({ kind }) => kind));
    const resources = [...names].map((kind) => ({
      name: plural(kind),
      kind,
      namespaced: true,
      verbs: ["get", "list", "create"],
    }));
    return { kind: "APIResourceList", apiVersion: "v1", groupVersion: listed, resources };
  }
  return there.find(({ kind, metadata }) => path.endsWith(`/namespaces/ml/${plural(kind)}/${metadata.name}`)) ?? null;
}

function plural(kind: string): string {
  return `${kind.toLowerCase()}s`.replace(/ys$/, "ies");
}
