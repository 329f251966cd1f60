// One run over all that was named: opens files and folders, inspects each, and compares them. A file that is named and
// cannot be read ends the run; one that only stands in a folder is reported.
import { E2EKeyError } from '../errors.ts';
import { type FileList, filesIn, isFolder, type ListedFile } from './file-list.ts';
import { error, note } from './findings.ts';
import { readBeginning, readRegular } from './input.ts';
import { type FileContent, type InspectedFile, maxFileSize, unreadable } from './inspect.ts';
import { inspectOpening, RunPassword } from './opening.ts';
import type { Overview } from './overview-text.ts';
import { inspectTogether } from './together.ts';

export interface RunOptions {
  /** When everything has to be valid. */
  readonly time: Date;
  /** Opens PKCS#12 files and encrypted keys; null where none is given. */
  readonly password: string | null;
}

/**
 * @param operands files and folders; `-` is standard input.
 * @throws E2EKeyError OPTION_INVALID for one that cannot be read, naming it.
 */
export async function inspectOperands(operands: readonly string[], options: RunOptions): Promise<Overview> {
  const [only] = operands;
  const folder = operands.length === 1 && only !== undefined && isFolder(only) ? only : null;
  const lists = operands.map((operand): FileList => {
    if (operand === '-' || !isFolder(operand))
      return { files: [{ path: operand, name: operand, isFound: false }], passedOver: [] };
    return filesIn(operand, folder === null ? `${operand.replace(/\/+$/, '')}/` : '');
  });
  const { time } = options;
  const password = options.password === null ? null : new RunPassword(options.password);
  const inspected: InspectedFile[] = [];
  for (const file of lists.flatMap(({ files }) => files))
    inspected.push(await inspectListed(file, time, password));
  return {
    folder,
    ...inspectTogether(inspected, options.time),
    passedOver: lists.flatMap(({ passedOver }) => passedOver),
  };
}

async function inspectListed(
  file: ListedFile,
  time: Date,
  password: RunPassword | null,
): Promise<InspectedFile> {
  const { name, isFound } = file;
  try {
    const { bytes, size } = await contentOf(file);
    const inspected = inspectOpening({ name, bytes, size }, time, password, isFound);
    return isFound && inspected.report.kind === 'text' ? besideKeys(inspected) : inspected;
  } catch (thrown) {
    if (!isFound || !(thrown instanceof E2EKeyError)) throw thrown;
    const problem = thrown.message.slice(`${file.path}: `.length);
    return unreadable(name, error(null, 'file', problem, 'our own'));
  }
}

/** Of a larger file so much is read as shows what it begins as. */
const beginningSize = 64 * 1024;

async function contentOf({ path }: ListedFile): Promise<Omit<FileContent, 'name'>> {
  if (path !== '-') return readRegular(path, maxFileSize, beginningSize);
  const bytes = await readBeginning('-', maxFileSize + 1);
  return { bytes, size: bytes.length > maxFileSize ? null : bytes.length };
}

/** Notes for people stand in many folders, and nobody takes them for anything else. */
function besideKeys(inspected: InspectedFile): InspectedFile {
  const finding = note('file', 'text for people, nothing that is known here', 'our own');
  return { ...inspected, report: { ...inspected.report, findings: [finding] } };
}
