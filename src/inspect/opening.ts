// Files that may be opened by the password of a run: how much work that is over all of them, and what is said of one that
// it does not open. How a password opens something is endpoint/password-encryption.ts.
import { FilePassword } from '../endpoint/password-encryption.ts';
import { refuse } from '../errors.ts';
import { type Finding, note, warning } from './findings.ts';
import { type FileContent, type FileReport, type InspectedFile, inspectFile } from './inspect.ts';

/**
 * Iterations of all derivations of one run together, as many as one file may ask for: whoever names a folder that
 * somebody filled with such files waits half a minute, and not half a minute for each.
 */
export const maxRunIterations = 10_000_000;

export class RunPassword {
  readonly #text: string;
  #left = maxRunIterations;

  constructor(text: string) {
    this.#text = text;
  }

  /** For one file; whatever is spent on it is gone for the others. */
  ofFile(): PasswordOfRun {
    return new PasswordOfRun(this.#text, iterations => {
      if (iterations > this.#left) return false;
      this.#left -= iterations;
      return true;
    });
  }
}

class PasswordOfRun extends FilePassword {
  readonly #take: (iterations: number) => boolean;
  /** Something was not tried, because the run had no work left for it. */
  isSpent = false;

  constructor(text: string, take: (iterations: number) => boolean) {
    super(text);
    this.#take = take;
  }

  override spend(iterations: number): void {
    super.spend(iterations);
    if (this.#take(iterations)) return;
    this.isSpent = true;
    refuse('OPTION_INVALID', 'the run has no work left for it');
  }
}

/** @param isFound the file was not named, but stands in a folder, where others may have other passwords. */
export function inspectOpening(
  content: FileContent,
  time: Date,
  password: RunPassword | null,
  isFound: boolean,
): InspectedFile {
  const closed = inspectFile(content, { time, password: null });
  if (password === null) return closed;
  using opens = password.ofFile();
  const opened = inspectFile(content, { time, password: opens });
  if (opens.isSpent) return withFindings(closed, [...closed.report.findings, spent]);
  const locked = isFound ? refusals(opened.report).filter(finding => !isIn(finding, closed.report)) : [];
  if (locked.length === 0) return opened;
  const known = closed.report.findings.filter(({ severity }) => severity !== 'note');
  const told = locked.map(({ field, message, clause }) => warning(field, `not opened: ${message}`, clause));
  return { ...withFindings(closed, [...known, ...told]), holdings: opened.holdings };
}

const spent = note(
  'file',
  `not opened: the key derivations of the files together take more than ${maxRunIterations} iterations; name it alone`,
  'our bound',
);

/** Why something stayed closed. */
function refusals(report: FileReport): Finding[] {
  return report.findings.filter(({ severity, code, field }) => {
    if (severity !== 'error' || code !== 'OPTION_INVALID') return false;
    if (report.kind === 'pkcs12') return field === 'pkcs12' && report.opened === null;
    const [, index = null] = /^privateKeys\.(\d+)$/.exec(field) ?? [];
    return index !== null && 'privateKeys' in report && report.privateKeys[Number(index)] === null;
  });
}

function isIn({ field, message }: Finding, { findings }: FileReport): boolean {
  return findings.some(finding => finding.field === field && finding.message === message);
}

function withFindings(inspected: InspectedFile, findings: readonly Finding[]): InspectedFile {
  return { ...inspected, report: { ...inspected.report, findings } };
}
