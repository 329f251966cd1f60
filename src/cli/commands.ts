// The command table. A command's module is loaded when the command is called, so that none pays for another.
import type { Command } from './command.ts';

interface Row {
  /** One line in the list of commands. */
  readonly about: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** By name; a name of two words belongs to the group that its first word names. */
export const commands: ReadonlyMap<string, Row> = new Map([
  ['pki init', { about: 'Make a lab root and intermediate.', load: () => import('./pki-init.ts') }],
  ['pki issue', { about: 'Issue a certificate with its key.', load: () => import('./pki-issue.ts') }],
]);
