// An answer as text that is equal for both servers where nothing differs but times, IDs, ports and processes.

import type { Row } from "./row.ts";
import type { WireAnswer } from "./wire-answer.ts";

/** Headers that differ in every answer, and why: they are compared nowhere. */
export const everywhere: Readonly<Record<string, string>> = {
  date: "TorchServe sends no `Date`; a server that has a clock should (RFC 9110, section 6.6.1)",
};

/** All answers of a row, sorted where several were asked for at once. */
export function rendered(row: Row, answers: readonly WireAnswer[]): string {
  const texts = answers.map((answer) => renderedOne(row, answer));
  const counted = row.distinct ? [...new Set(texts)] : texts;
  return (row.times > 1 ? counted.sort() : counted).join("\n");
}

function renderedOne(row: Row, answer: WireAnswer): string {
  const headers = answer.headers
    .filter(([name]) => !(name in everywhere))
    .map(([name, value]) => `${name}: ${headerValue(name, value)}`)
    .sort();
  const type = answer.headers.find(([name]) => name === "content-type")?.[1] ?? "";
  const status = row.call === null ? `${answer.status} ${answer.reason}`.trim() : answer.reason;
  const lines = [status, ...headers];
  // Whether a closed connection is reset depends on who closes first.
  if (answer.broken !== null && (row.raw === null || answer.status === 0)) lines.push(`(broken: ${answer.broken})`);
  const text = `${lines.join("\n")}\n\n${bodyText(row, answer, type)}`;
  return row.without.reduce((left, pattern) => left.replace(pattern, "…"), text);
}

function bodyText(row: Row, { body }: WireAnswer, type: string): string {
  if (type.includes("version=0.0.4")) return metricShapes(body.toString("utf8"));
  const text = body.toString("utf8");
  if (row.keysOnly) return keysOf(JSON.parse(text)).join("\n");
  if (!Buffer.from(text, "utf8").equals(body)) return body.toString("hex");
  return row.anyOrder ? sortedLines(steady(text)) : steady(text);
}

function sortedLines(text: string): string {
  return text
    .split("\n")
    .map((line) => line.replace(/,$/, ""))
    .sort()
    .join("\n");
}

const uuid = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;

function headerValue(name: string, value: string): string {
  // The body says how long it is.
  return name === "content-length" && value !== "0" ? "(length)" : value.replace(uuid, "(uuid)");
}

function steady(text: string): string {
  return text
    .replace(uuid, "(uuid)")
    .replace(/"startTime": "[-0-9T:.]+Z"/g, '"startTime": "(time)"')
    .replace(/"(pid|memoryUsage)": \d+/g, '"$1": (number)')
    .replace(/"id": "\d+"/g, '"id": "(worker)"');
}

/** Names, types, helps and labels of what Prometheus reads; how much of each there is differs from run to run. */
function metricShapes(text: string): string {
  const shapes = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (line.startsWith("#") ? line : seriesShape(line)));
  return [...new Set(shapes)].sort().join("\n");
}

/** The comma behind the last label, which the original writes, may be there or not. */
function seriesShape(line: string): string {
  return line
    .replace(/="(?:[^"\\]|\\.)*"/g, "=")
    .replace(/,?\} \S+$/, "}")
    .replace(/ \S+$/, "");
}

function keysOf(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, child]) => keysOf(child, `${path}/${key}`));
  return inner.length === 0 ? [path] : inner.sort();
}
