// The variables by which Kubernetes tells every pod of the services around it: of one named `sealserve-broker` they begin as ours do.
import { isIP } from "node:net";

const host = "_SERVICE_HOST";
const endpoint = /^(?:tcp|udp|sctp):\/\/(?:\[([0-9a-f:.]+)\]|([0-9.]+)):\d{1,5}$/;

/** Each ending behind the service's name, and what its values look like. */
const forms: readonly (readonly [ending: RegExp, value: (text: string) => boolean])[] = [
  [/^_SERVICE_HOST$/, isAddress],
  [/^_SERVICE_PORT(_[A-Z0-9_]+)?$/, isPort],
  [/^_PORT$/, isEndpoint],
  [/^_PORT_\d+_(TCP|UDP|SCTP)$/, isEndpoint],
  [/^_PORT_\d+_(TCP|UDP|SCTP)_PROTO$/, (text) => /^(tcp|udp|sctp)$/.test(text)],
  [/^_PORT_\d+_(TCP|UDP|SCTP)_PORT$/, isPort],
  [/^_PORT_\d+_(TCP|UDP|SCTP)_ADDR$/, isAddress],
];

/**
 * The variables of `environment` that begin with `prefix` and are such links, as the kubelet makes them (Kubernetes, "Discovering services"): by
 * their endings, by the form of their values, and with the host of the same service among them.
 */
export function serviceLinks(
  environment: Readonly<Record<string, string | undefined>>,
  prefix: string,
): ReadonlySet<string> {
  const ours = Object.entries(environment).filter(([variable]) => variable.startsWith(prefix));
  const services = ours
    .filter(([variable, text]) => variable.endsWith(host) && isAddress(text ?? ""))
    .map(([variable]) => variable.slice(0, -host.length));
  const isLink = (variable: string, text: string): boolean =>
    services.some((name) => {
      if (!variable.startsWith(name)) return false;
      const ending = variable.slice(name.length);
      return forms.some(([form, accepts]) => form.test(ending) && accepts(text));
    });
  return new Set(ours.filter(([variable, text]) => isLink(variable, text ?? "")).map(([variable]) => variable));
}

function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function isEndpoint(text: string): boolean {
  const [, six, four] = endpoint.exec(text) ?? [];
  return isAddress(six ?? four ?? "");
}
