// Gathers what it takes to judge pieces of evidence without a network: asks as a verifier would, and keeps the answers.
import {
  amdRoots,
  type CollateralBundle,
  CollateralError,
  type CollateralFile,
  type CollateralSource,
  type Evidence,
  EvidenceError,
  intelRoot,
  PolicyError,
  rememberEvaluationNumbers,
  type TrustAnchor,
  toFiles,
  verifyEvidence,
  windowOf,
} from "@sealserve/attestation";

export interface ExportedEvidence {
  /** null: genuine by this collateral. Else why not: a code and a sentence. */
  readonly refusal: { readonly code: string; readonly message: string } | null;
}

export interface Export {
  readonly bundle: CollateralBundle;
  /** One for each piece of evidence. */
  readonly outcomes: readonly ExportedEvidence[];
}

export interface ExportParts {
  readonly source: CollateralSource;
  /** Beside Intel's and AMD's. */
  readonly anchors: readonly TrustAnchor[];
  readonly now: Date;
}

/** Throws `CollateralError` where a service has nothing, and the refusal of evidence that is refused before anything is fetched for it. */
export async function exportCollateral(
  evidence: readonly Evidence[],
  { source, anchors, now }: ExportParts,
): Promise<Export> {
  const files = new Map<string, CollateralFile>();
  const window = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };
  let answers = 0;
  const recording: CollateralSource = {
    async fetch(request, signal) {
      const collateral = await source.fetch(request, signal);
      answers++;
      for (const file of toFiles(request, collateral)) files.set(file.name, file);
      const { from, until } = windowOf(collateral);
      window.from = Math.max(window.from, from);
      window.until = Math.min(window.until, until);
      return collateral;
    },
  };
  const outcomes: ExportedEvidence[] = [];
  for (const piece of evidence) {
    const before = answers;
    const refusal = await judge(piece, recording, [intelRoot, ...amdRoots, ...anchors], now);
    if (refusal && answers === before) throw refusal;
    outcomes.push({ refusal });
  }
  return { bundle: { created: now, window, files: [...files.values()] }, outcomes };
}

type Refusal = EvidenceError | CollateralError | PolicyError;

async function judge(
  evidence: Evidence,
  collateral: CollateralSource,
  anchors: readonly TrustAnchor[],
  now: Date,
): Promise<Refusal | null> {
  try {
    await verifyEvidence(
      evidence,
      { expected: "not-compared", now, signal: new AbortController().signal },
      { anchors, collateral, evaluationNumbers: rememberEvaluationNumbers() },
    );
    return null;
  } catch (error) {
    const known = error instanceof EvidenceError || error instanceof CollateralError || error instanceof PolicyError;
    if (known) return error;
    throw error;
  }
}
