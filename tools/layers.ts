// The floors of the house as data: which package stands on which, and which must run in a browser.

/** Packages by floor: each may import only what stands on a lower one (docs/architecture.md, section 3). */
export const floors: Readonly<Record<string, number>> = {
  primitives: 1,
  inference: 2,
  sealing: 2,
  attestation: 2,
  migration: 2,
  protocols: 3,
  serving: 3,
  "mock-tee": 3,
  database: 3,
  server: 4,
  session: 4,
  engines: 4,
  client: 5,
  frontend: 6,
  backend: 6,
  "key-broker": 6,
  sidecar: 6,
  cli: 7,
  console: 7,
};

/** Pairs on the same or a lower floor that still do not know each other. */
export const strangers: readonly (readonly [string, string])[] = [
  ["serving", "protocols"],
  ["protocols", "serving"],
  ["attestation", "sealing"],
  ["sealing", "attestation"],
  ["frontend", "engines"],
  ["engines", "protocols"],
];

/** Packages whose main door opens in a browser: nothing from `node:`, no Node globals, no package that needs them. */
export const browserSafe: ReadonlySet<string> = new Set([
  "primitives",
  "inference",
  "sealing",
  "attestation",
  "protocols",
  "session",
  "client",
]);

/** Files of browser-safe packages that only Node loads: a second door, and the faster twin of a file. */
export const nodeOnly: RegExp = /^packages\/attestation\/src\/attester\/|\.node\.ts$/;

/** Packages that no service's own process may contain. */
export const neverInServices: ReadonlySet<string> = new Set(["mock-tee", "migration", "cli", "console", "conformance"]);
