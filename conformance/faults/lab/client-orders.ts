// What the client's host is told to do, and what it tells.

export interface Asked {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Status 0: there was none, the text says why. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface Target {
  readonly name: string;
  readonly url: string;
  /** Says 200 while requests are welcome. */
  readonly health: string;
}

export interface TrafficOrder {
  readonly targets: readonly Target[];
  /** Requests at a time: of each target, or of all together where it is balanced. */
  readonly loops: number;
  /** As a load balancer does: requests go to those only whose health is well. */
  readonly balanced: boolean;
  /** Milliseconds between a loop's requests. */
  readonly pause: number;
  readonly question: Omit<Asked, "url">;
  /** Part of each right answer. */
  readonly expected: string;
}

export interface Failure {
  readonly target: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  /** Milliseconds. */
  readonly took: number;
  readonly status: number;
  readonly text: string;
}

export interface Tally {
  /** Milliseconds of each right answer, by target. */
  readonly times: Readonly<Record<string, readonly number[]>>;
  readonly failures: readonly Failure[];
}

export type ClientOrder =
  | { readonly act: "ask"; readonly asked: Asked }
  | { readonly act: "begin"; readonly traffic: TrafficOrder }
  | { readonly act: "end" };

export type ClientReply = Answer | Tally | null;
