// A server's scorecard for people and for programs.
import type { Score, Scorecard, SessionError } from "@sealserve/session";

const marks: { readonly [O in Score["outcome"]]: string } = {
  pass: "pass",
  fail: "FAIL",
  "not-compared": "skip",
  "not-reached": "-",
};

export function scorecardToText(url: string, { verdict, scores }: Scorecard): string {
  const width = Math.max(...scores.map(({ check }) => check.length));
  const lines = scores.map(
    ({ check, outcome, reason }) => `  ${check.padEnd(width)}  ${marks[outcome].padEnd(4)}  ${reason}`,
  );
  return `${url}\n${lines.join("\n")}\n${verdict === "pass" ? "PASS" : "FAIL"}\n`;
}

export function scorecardToJson(url: string, { verdict, scores, verified, fields }: Scorecard): string {
  const failure = scores.find(({ outcome }) => outcome === "fail");
  return toJson({
    url,
    verdict,
    reason: failure?.reason ?? null,
    code: failure?.code ?? null,
    checks: scores,
    tcbStatus: verified?.tcbStatus ?? null,
    advisories: verified?.advisories ?? [],
    root: verified?.root ?? null,
    notAfter: verified?.notAfter ?? null,
    claims: verified?.claims ?? null,
    // What hardware did not sign is not told as a fact.
    purpose: (verified && fields?.purpose) ?? null,
    modelSetDigest: hexOrNull(verified && fields?.modelSetDigest),
    configDigest: hexOrNull(verified && fields?.configDigest),
    meshDigest: hexOrNull(verified && fields?.meshDigest),
    instanceId: hexOrNull(verified && fields?.instanceId),
  });
}

/** For a server that gave no evidence to judge. */
export function failureToJson(url: string, { code, message }: SessionError): string {
  return toJson({ url, verdict: "fail", reason: message, code, checks: [] });
}

export function failureToText(url: string, { message }: SessionError): string {
  return `${url}\n  ${message}\nFAIL\n`;
}

function toJson(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function hexOrNull(bytes: Uint8Array | null | undefined): string | null {
  return bytes ? Buffer.from(bytes).toString("hex") : null;
}
