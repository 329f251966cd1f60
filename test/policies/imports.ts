// Reads the imports of a source file out of its text. Relies on the formatter's layout: a statement begins its
// line, and quotes are single.

export interface Import {
  /** As it is written in the source; for a computed specifier, the expression. */
  readonly specifier: string;
  /** Loaded together with the file, not only when it is asked for (`import()`) or never (`import type`). */
  readonly atStart: boolean;
}

/** Every import and re-export of a source text. */
export function importsIn(source: string): Import[] {
  // A comment begins a line or follows a blank; in '*/*' none begins.
  const code = source.replace(/(?<=^|\s)(?:\/\*[\s\S]*?\*\/|\/\/.*$)/gm, '');
  const statements = code.matchAll(/^(?:import|export)\s+(type\s)?(?:[^;'"`]*?\bfrom\s+)?'([^']+)'/gm);
  const calls = code.matchAll(/\b(?:import|require|getBuiltinModule)\(\s*(?:'([^']+)'|([^)]*))/g);
  return [
    ...[...statements].map(match => ({ specifier: match[2] ?? '', atStart: match[1] === undefined })),
    ...[...calls].map(match => ({ specifier: match[1] ?? match[2] ?? '', atStart: false })),
  ];
}
