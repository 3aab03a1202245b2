// Judges who reaches whom by NetworkPolicies, as a network plugin would: what no policy of a selected pod allows is refused.
import { type KubernetesObject, type Labels, ofKind } from "../kubernetes-object.ts";

interface Selector {
  readonly matchLabels?: Labels;
}

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string };
}

interface Rule {
  readonly ports?: readonly { readonly protocol: string; readonly port: number }[];
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
}

interface PolicySpec {
  readonly podSelector: Selector;
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

/** A pod by its labels and those of its namespace; without labels, an address outside the cluster. */
export interface Endpoint {
  readonly labels: Labels | null;
  readonly namespace: string;
}

export class PodNetwork {
  readonly #policies: readonly PolicySpec[];
  readonly #namespace: string;

  constructor(objects: readonly KubernetesObject[], namespace: string) {
    this.#policies = ofKind(objects, "NetworkPolicy").map(({ spec }) => spec as PolicySpec);
    this.#namespace = namespace;
  }

  /** Whether `from` reaches `port` of `to`: what leaves the one has to be let into the other. */
  reaches(from: Endpoint, to: Endpoint, port: number, protocol = "TCP"): boolean {
    return this.#passes("Egress", from, to, port, protocol) && this.#passes("Ingress", to, from, port, protocol);
  }

  #passes(direction: "Egress" | "Ingress", own: Endpoint, other: Endpoint, port: number, protocol: string): boolean {
    const selecting = this.#policies.filter(({ podSelector, policyTypes }) => {
      return policyTypes.includes(direction) && this.#isHere(own) && selects(podSelector, own.labels);
    });
    if (selecting.length === 0) return true;
    const rules = selecting.flatMap((policy) => (direction === "Egress" ? policy.egress : policy.ingress) ?? []);
    return rules.some((rule) => {
      const peers = direction === "Egress" ? rule.to : rule.from;
      const open = rule.ports?.some((each) => each.port === port && each.protocol === protocol) ?? true;
      return open && (peers?.some((peer) => this.#isPeer(peer, other)) ?? true);
    });
  }

  #isPeer({ podSelector, namespaceSelector }: Peer, other: Endpoint): boolean {
    if (other.labels === null || (!podSelector && !namespaceSelector)) return false;
    const there = namespaceSelector
      ? selects(namespaceSelector, { "kubernetes.io/metadata.name": other.namespace })
      : this.#isHere(other);
    return there && (podSelector === undefined || selects(podSelector, other.labels));
  }

  #isHere({ labels, namespace }: Endpoint): boolean {
    return labels !== null && namespace === this.#namespace;
  }
}

function selects({ matchLabels = {} }: Selector, labels: Labels | null): boolean {
  return labels !== null && Object.entries(matchLabels).every(([label, value]) => labels[label] === value);
}
