// The memory that keeps collateral from going back: genuine, in its window, but older than what was seen.

/** By platform: SHA-256 of the root, kind of TEE and FMSPC, with slashes between. Persist it where a restart must not forget; what it forgets opens the door to older collateral, never to forged. */
export interface EvaluationNumbers {
  /** 0 where nothing was seen. */
  highest(platform: string): number;
  /** Of collateral that was verified. */
  saw(platform: string, evaluationNumber: number): void;
}

/** Remembers as long as the process runs. There are as many platforms as Intel has made models. */
export function rememberEvaluationNumbers(): EvaluationNumbers {
  const seen = new Map<string, number>();
  const highest = (platform: string): number => seen.get(platform) ?? 0;
  return {
    highest,
    saw: (platform, evaluationNumber) => {
      seen.set(platform, Math.max(highest(platform), evaluationNumber));
    },
  };
}
