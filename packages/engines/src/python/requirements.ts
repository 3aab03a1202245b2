// What a requirements file asks for, as long as it names packages only: no option, URL, path or other file, which pip would follow anywhere.
// Source: PEP 508, PEP 440; pip's requirements file format.

/** A line that is refused: what stands there, from 1 on, and why. */
export class RequirementsFault extends Error {
  readonly line: number;
  readonly text: string;
  readonly problem: string;

  constructor(line: number, text: string, problem: string) {
    super(problem);
    this.line = line;
    this.text = text;
    this.problem = problem;
  }
}

/** Bytes. */
export const maxRequirements = 256 * 1024;

const name = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?";
const specifier = String.raw`(?:===|==|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9][A-Za-z0-9.*+!_-]*`;
const specifiers = String.raw`${specifier}(?:\s*,\s*${specifier})*\s*,?`;
/** Name, extras, versions (in parentheses or not), marker. */
const requirement = new RegExp(
  String.raw`^(${name})\s*(\[\s*(?:${name}(?:\s*,\s*${name})*)?\s*\])?\s*(?:\(\s*(${specifiers})\s*\)|(${specifiers}))?\s*(?:;\s*([A-Za-z'"(][A-Za-z0-9_.'"<>=!~ (),*+-]*))?$`,
);
const hashes = /^(?: --hash[= ](?:sha256|sha384|sha512):[0-9a-f]+)+$/;
/** Characters of a requirement without its hashes; expressions above go over them more than once. */
const maxNamed = 1000;
/** Characters, all lines that belong together as one. */
const maxLine = 64 * 1024;
/** What pip takes for a file where one of this name lies. */
const archive = /\.(?:whl|zip|tar|tgz|tbz|txz|tlz|tar\.(?:gz|bz2|xz|lz|lzma))$/i;

/**
 * The same requirements, one in a line, in the spelling that was understood, so that pip reads nothing else into them. Throws
 * {@link RequirementsFault}.
 */
export function parseRequirements(text: string): readonly string[] {
  return logicalLines(text).map(({ line, text: whole }) => {
    const refused = (problem: string): RequirementsFault => new RequirementsFault(line, whole.slice(0, 200), problem);
    if (/[^ -~]/.test(whole)) throw refused("it has characters other than those of ASCII that print");
    if (whole === "--require-hashes") return whole;
    if (whole.startsWith("-")) throw refused("it is an option of pip");
    const end = whole.indexOf(" --hash");
    const [named, hash] = end === -1 ? [whole, ""] : [whole.slice(0, end), whole.slice(end)];
    if (named.length > maxNamed) throw refused(`it has more than ${maxNamed} characters`);
    if (hash !== "" && !hashes.test(hash)) throw refused("it has an option of pip, or a hash that is none");
    if (/ -/.test(named)) throw refused("it has an option of pip");
    if (/[@/\\:$]/.test(named)) throw refused("it says where to install from");
    const [, project = "", extras = "", inside, plain, marker] = requirement.exec(named) ?? [];
    if (project === "") throw refused("it is no requirement by PEP 508");
    if (archive.test(project)) throw refused("it is the name of a file");
    const condition = marker === undefined ? "" : `; ${marker.trim()}`;
    return `${project}${extras}${inside ?? plain ?? ""}${condition}${hash}`;
  });
}

interface LogicalLine {
  /** Of its beginning, from 1 on. */
  readonly line: number;
  readonly text: string;
}

/** Without comments and empty ones; those that end in a backslash go on in the next. */
function logicalLines(text: string): readonly LogicalLine[] {
  const found: LogicalLine[] = [];
  let begun: LogicalLine | null = null;
  for (const [index, physical] of text.split(/\r\n|\r|\n/).entries()) {
    const whole: LogicalLine = { line: begun?.line ?? index + 1, text: `${begun?.text ?? ""}${physical}` };
    const goesOn = whole.text.endsWith("\\") && !/(?:^|\s)#/.test(physical);
    if (whole.text.length > maxLine)
      throw new RequirementsFault(whole.line, "", `it has more than ${maxLine} characters`);
    begun = goesOn ? { ...whole, text: whole.text.slice(0, -1) } : null;
    if (!goesOn) found.push(whole);
  }
  if (begun) found.push(begun);
  return found
    .map(({ line, text: raw }) => ({
      line,
      text: raw
        .replace(/(?:^|\s)#.*$/s, "")
        .replace(/[ \t]+/g, " ")
        .trim(),
    }))
    .filter(({ text: left }) => left !== "");
}
