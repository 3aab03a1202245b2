// All versions of one model: what is aspired, what is there, and the one that is served by default.
import type { Loader } from "./loader.ts";
import type { Version } from "./version.ts";
import type { VersionHarness } from "./version-harness.ts";
import { canonicalVersion, compareVersions } from "./version-order.ts";
import type { VersionPolicy } from "./version-policy.ts";

export interface ModelVersionsOptions {
  readonly policy: VersionPolicy;
  /** How many ended versions that are no longer aspired stay visible. */
  readonly keepEnded: number;
}

export class ModelVersions {
  /** By canonical version; in the order in which their lives began. */
  readonly #harnesses = new Map<string, VersionHarness>();
  /** Versions that are aspired again while their former life still ends. */
  readonly #returning = new Map<string, Version<Loader>>();
  readonly #options: ModelVersionsOptions;
  readonly #begin: (version: Version<Loader>) => VersionHarness;
  #newestAvailable: VersionHarness | null = null;
  #available: readonly string[] = [];
  /** Phases that change while the versions are being arranged are looked at in the end, all at once. */
  #arranging = false;

  constructor(options: ModelVersionsOptions, { begin }: { begin: (version: Version<Loader>) => VersionHarness }) {
    this.#options = options;
    this.#begin = begin;
  }

  /** The version that is served where none is named: the one that was chosen, as long as it is aspired, else the newest available. */
  serving(chosen: string | undefined): VersionHarness | null {
    const named = chosen === undefined ? null : this.find(chosen);
    return named?.aspired ? named : this.#newestAvailable;
  }

  /** The versions that are available, oldest first. */
  get available(): readonly string[] {
    return this.#available;
  }

  /** Whether every aspired version is available or has failed for good. */
  get settled(): boolean {
    if (this.#arranging || this.#returning.size > 0) return false;
    return this.#all().every(({ aspired, phase }) => !aspired || phase === "available" || phase === "ended");
  }

  /** Whether nothing of it is aspired, loaded or on its way. */
  get gone(): boolean {
    return this.#returning.size === 0 && this.#all().every(({ aspired, phase }) => !aspired && phase === "ended");
  }

  find(version: string): VersionHarness | null {
    return this.#harnesses.get(version) ?? this.#harnesses.get(canonicalVersion(version)) ?? null;
  }

  newestFirst(): VersionHarness[] {
    return this.#all().sort((a, b) => compareVersions(b.version, a.version));
  }

  /** Of two entries that name the same version the first counts. */
  setAspired(versions: readonly Version<Loader>[]): void {
    const aspired = new Map<string, Version<Loader>>();
    for (const version of versions) {
      const key = canonicalVersion(version.version);
      if (!aspired.has(key)) aspired.set(key, version);
    }
    this.#arrange(() => {
      for (const [key, harness] of this.#harnesses) if (!aspired.has(key)) this.#leaveOut(key, harness);
      for (const [key, version] of aspired) this.#aspire(key, version);
    });
  }

  /** Lets the policy act until it has nothing more to do; called after each change of a phase. */
  converge(): void {
    if (!this.#arranging) this.#arrange(() => {});
  }

  /** Unloads everything; fulfilled when all has ended. */
  async end(): Promise<void> {
    this.setAspired([]);
    const all = this.#all();
    for (const harness of all) harness.unload();
    await Promise.all(all.map(({ ended }) => ended));
  }

  #arrange(change: () => void): void {
    this.#arranging = true;
    try {
      change();
      do {
        this.#restartReturning();
        this.#forgetEnded();
      } while (this.#act());
    } finally {
      this.#arranging = false;
      const available = this.newestFirst().filter(({ phase }) => phase === "available");
      this.#newestAvailable = available[0] ?? null;
      this.#available = available.map(({ version }) => version).reverse();
    }
  }

  /** Whether the policy had something to do. */
  #act(): boolean {
    const versions = this.newestFirst();
    const action = this.#options.policy(versions);
    const harness = action && versions.find(({ version }) => version === action.version);
    if (action?.action === "load" && harness?.phase === "new") harness.load();
    else if (action?.action === "unload" && harness?.phase === "available") harness.unload();
    else return false;
    return true;
  }

  #all(): VersionHarness[] {
    return [...this.#harnesses.values()];
  }

  /** An available version stays until the policy gives it up; anything that is not yet available is stopped. */
  #leaveOut(key: string, harness: VersionHarness): void {
    this.#returning.delete(key);
    harness.aspired = false;
    if (harness.phase !== "available") harness.unload();
  }

  #aspire(key: string, version: Version<Loader>): void {
    const harness = this.#harnesses.get(key);
    if (harness === undefined) this.#harnesses.set(key, this.#begin(version));
    else if (harness.aspired) return;
    else if (harness.phase === "available") harness.aspired = true;
    else this.#returning.set(key, version);
  }

  #restartReturning(): void {
    for (const [key, version] of this.#returning) {
      if (this.#harnesses.get(key)?.phase !== "ended") continue;
      this.#returning.delete(key);
      this.#harnesses.delete(key);
      this.#harnesses.set(key, this.#begin(version));
    }
  }

  #forgetEnded(): void {
    const ended = [...this.#harnesses].filter(([, { aspired, phase }]) => !aspired && phase === "ended");
    for (const [key] of ended.slice(0, Math.max(0, ended.length - this.#options.keepEnded)))
      this.#harnesses.delete(key);
  }
}
