// What a command is: a table of options and one function. A file per command exports one as `command`.
import type { OptionTable, Values } from './options.ts';
import type { Output } from './output.ts';

/** 0 done, 1 the peer's fault or refusal, 2 the caller's, 3 the path's, 4 our own. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

export interface Command<T extends OptionTable = OptionTable> {
  /** What it does, for its help text: a few sentences after the usage line. */
  readonly description: string;
  readonly options: T;
  /** The role in which it runs the E2EKey procedure, for error reports; null if it runs none. */
  readonly role: 'initiating' | 'terminating' | null;
  /** It answers others until it is told to end: lines that nobody gets, as on a full disk, end nothing. */
  readonly serves?: true;
  /** Calls the library and prints. Throws E2EKeyError; main turns it into the report and the exit code. */
  run(values: Values<T>, output: Output): Promise<ExitCode>;
}
