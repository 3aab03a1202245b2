// What a bundle is made of, as CycloneDX 1.6: each npm package with its version, licence and the digest that the lock file pins.

/** As far as it is read here: `packages` of package-lock.json. */
export interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly license?: string; readonly integrity?: string }>
  >;
}

export interface Component {
  readonly type: "library" | "application" | "platform" | "file";
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly licenses?: readonly { readonly expression: string }[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

/** The packages that `inputs`, paths of bundled files, come from; by name. Throws `RangeError` for one that the lock file does not have. */
export function bundledPackages(inputs: Iterable<string>, lock: LockFile): readonly Component[] {
  const places = new Set<string>();
  for (const input of inputs) {
    const place = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
    if (place !== undefined) places.add(place);
  }
  return lockedPackages(places, lock);
}

/** The packages at these places of the tree, such as `node_modules/sharp`; by name. */
export function lockedPackages(places: Iterable<string>, lock: LockFile): readonly Component[] {
  return [...places].map((place) => toComponent(place, lock)).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

export function softwareBill(
  subject: { readonly name: string; readonly version: string },
  components: readonly Component[],
): object {
  const { name, version } = subject;
  // No serial number and no time: the same content is the same bill.
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", "bom-ref": name, name, version } },
    components: components.map((component) => ({ "bom-ref": keyOf(component), ...component })),
  };
}

function toComponent(place: string, lock: LockFile): Component {
  const locked = lock.packages[place];
  if (locked?.version === undefined) throw new RangeError(`${place} is not in package-lock.json: run npm ci`);
  const name = place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
  const { version, license, integrity } = locked;
  return {
    type: "library",
    name,
    version,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
    ...(integrity === undefined ? {} : { hashes: [toHash(integrity)] }),
  };
}

/** Of a Subresource Integrity text. */
function toHash(integrity: string): { readonly alg: string; readonly content: string } {
  const [algorithm = "", digest = ""] = integrity.split("-");
  return { alg: algorithm.replace("sha", "SHA-"), content: Buffer.from(digest, "base64").toString("hex") };
}

function keyOf({ purl, name, version }: Component): string {
  return purl ?? (version === undefined ? name : `${name}@${version}`);
}
