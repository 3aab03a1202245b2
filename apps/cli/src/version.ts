// The version of the program: one for all packages.
import manifest from "../package.json" with { type: "json" };

export const version: string = manifest.version;
