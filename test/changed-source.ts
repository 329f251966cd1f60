// A source that is loaded with a change, for processes of their own: tests that must fail then. The file stays as it is.
import { registerHooks } from 'node:module';

export interface SourceChange {
  /** Below the project's root. */
  readonly file: string;
  /** Stands in it once. */
  readonly find: string;
  readonly replace: string;
}

/** Before anything imports the file. Whoever imports it where `find` does not stand once gets an Error. */
export function loadChanged({ file, find, replace }: SourceChange): void {
  const source = new URL(`../${file}`, import.meta.url).href;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (url !== source) return loaded;
      const [before, after, ...more] = String(loaded.source).split(find);
      if (before === undefined || after === undefined || more.length > 0)
        throw new Error(`what is to be replaced is not in ${file}, once`);
      return { ...loaded, source: `${before}${replace}${after}` };
    },
  });
}
