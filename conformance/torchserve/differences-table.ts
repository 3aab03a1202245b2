// The table of differences in docs/torchserve.md: made by a run, and read back to prove that it is the rows' own.
import type { Comparison } from "./comparison.ts";
import type { RowGroup } from "./rows/index.ts";

const begin = "<!-- differences: made by conformance/torchserve/run.ts -->";
const end = "<!-- end of differences -->";

export interface ListedDifference {
  readonly name: string;
  readonly reason: string;
}

/** `page` with the table that `comparisons` make between its marks. */
export function withTable(page: string, comparisons: readonly Comparison[]): string {
  const [before, , after] = parts(page);
  const rows = comparisons
    .filter(({ row }) => row.differs !== null)
    .map(({ row, real, ours }) =>
      [
        row.name,
        code(row.raw === null ? `${row.method} ${row.path}` : "(bytes)"),
        short(real),
        short(ours),
        row.differs ?? "",
      ]
        .map((cell) => cell.replaceAll("|", "\\|"))
        .join(" | "),
    );
  const equal = comparisons.filter(({ real, ours }) => real === ours).length;
  const unlisted = comparisons.filter(({ row, real, ours }) => row.differs === null && real !== ours).length;
  const open = unlisted === 0 ? "" : `; ${unlisted} others differ and ought not to`;
  const table = [
    `Of ${comparisons.length} requests, ${equal} are answered alike and ${rows.length} differ for the reasons below${open}:`,
    "",
    "| request | line | TorchServe 0.12.0 | Sealserve | why |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row} |`),
  ];
  return `${before}${begin}\n${table.join("\n")}\n${end}${after}`;
}

/** What the table of `page` lists. */
export function listedDifferences(page: string): readonly ListedDifference[] {
  const [, table] = parts(page);
  return table
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| request |") && !line.startsWith("| --- |"))
    .map((line) =>
      line
        .slice(2, -2)
        .split(/(?<!\\) \| /)
        .map((cell) => cell.replaceAll("\\|", "|")),
    )
    .map((cells) => ({ name: cells[0] ?? "", reason: cells[4] ?? "" }));
}

/** What the rows say ought to be listed. */
export function expectedDifferences(groups: readonly RowGroup[]): readonly ListedDifference[] {
  return groups.flatMap(({ rows }) =>
    rows.flatMap(({ name, differs }) => (differs === null ? [] : [{ name, reason: differs }])),
  );
}

function parts(page: string): readonly [before: string, table: string, after: string] {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no "${begin}" before its "${end}"`);
  return [page.slice(0, from), page.slice(from + begin.length, to), page.slice(to + end.length)];
}

/** Status, and the type or the first words of the body. */
function short(answer: string): string {
  const [status = ""] = answer.split("\n", 1);
  const type = /"type": "(\w+)"/.exec(answer)?.[1];
  const message = /^ {2}"(?:message|status)": "((?:[^"\\]|\\.)*)"/m.exec(answer)?.[1];
  const description = /^description: (.*)$/m.exec(answer)?.[1];
  const broken = /^\(broken: (.*)\)$/m.exec(answer)?.[1];
  return [
    status === "0" ? "" : code(status),
    type,
    message && `“${message.slice(0, 80)}”`,
    description && `“${description.slice(0, 80)}”`,
    broken,
  ]
    .filter((word) => word)
    .join(" ");
}

function code(text: string): string {
  return `\`${text}\``;
}
