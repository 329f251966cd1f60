// Which files an operand names: itself, or everything in a folder, within bounds. Opens no file (input.ts).
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { refuse } from '../errors.ts';

export interface ListedFile {
  readonly path: string;
  /** How the report calls it. */
  readonly name: string;
  /** It was not named, but stands in a folder that was. */
  readonly isFound: boolean;
}

export interface FileList {
  readonly files: readonly ListedFile[];
  /** What else stands in the folders and is not looked at, each with the reason. */
  readonly passedOver: readonly string[];
}

/** Files of one run: a folder of certificates has some tens; who names a whole disk waits no longer for that. */
const maxFiles = 1000;
/** Folders in folders. */
const maxDepth = 4;

/**
 * The files of a folder by their names, those of its folders among them, without those that begin with a dot. Links are
 * followed to files, and not to folders.
 *
 * @param prefix goes before the names.
 * @throws E2EKeyError OPTION_INVALID if the folder itself cannot be read; one within it is passed over.
 */
export function filesIn(folder: string, prefix: string): FileList {
  const files: ListedFile[] = [];
  const passedOver: string[] = [];
  const walk = (entries: readonly Dirent[], path: string, name: string, depth: number): void => {
    for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      const [inner, shown] = [join(path, entry.name), `${name}${entry.name}`];
      if (entry.name.startsWith('.')) passedOver.push(`${shown}: begins with a dot`);
      else if (entry.isDirectory()) {
        if (depth === maxDepth) passedOver.push(`${shown}: more than ${maxDepth} folders deep`);
        else {
          const within = entriesOf(inner);
          if (within === null) passedOver.push(`${shown}: ${unreadable}`);
          else walk(within, inner, `${shown}/`, depth + 1);
        }
      } else if (entry.isSymbolicLink() && isFolder(inner)) passedOver.push(`${shown}: a link to a folder`);
      else if (files.length === maxFiles) passedOver.push(`${shown}: more than ${maxFiles} files`);
      else files.push({ path: inner, name: shown, isFound: true });
    }
  };
  walk(entriesOf(folder) ?? refuse('OPTION_INVALID', `${folder}: ${unreadable}`), folder, prefix, 0);
  return { files, passedOver };
}

const unreadable = 'the folder cannot be read';

/** What cannot even be asked, as a link to itself, is taken for a file: whoever reads it is told why he cannot. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function entriesOf(folder: string): readonly Dirent[] | null {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return null;
  }
}
