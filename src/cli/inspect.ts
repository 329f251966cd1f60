// e2ekey inspect
import { styleText } from 'node:util';
import type { Emphasis, Paint } from '../inspect/emphasis.ts';
import { formatDetails, formatOverview } from '../inspect/overview-text.ts';
import { inspectOperands } from '../inspect/run.ts';
import type { Command } from './command.ts';
import { readPassword } from './credential-files.ts';

const options = {
  files: {
    type: 'operand',
    placeholder: 'FILE',
    repeatable: true,
    about: 'What to look at: files, and folders with what is in them; - is standard input.',
  },
  time: {
    type: 'time',
    placeholder: 'TIME',
    about:
      'When certificates have to be valid, and lists, responses and random objects to serve, ISO 8601; default now.',
  },
  'password-file': {
    type: 'text',
    placeholder: 'FILE',
    about: 'Opens PKCS#12 files and encrypted keys; its first line is the password.',
  },
  details: {
    type: 'flag',
    about: 'Everything in each file, also where there are several.',
  },
} as const;

export const command: Command<typeof options> = {
  description:
    'Says what each FILE is and shows it, by its content and never by its name: certificates, chains, bundles, raw public keys, signing requests, revocation lists, OCSP requests and responses, PKCS#12 files and private keys (their public halves) with every departure from the oneM2M certificate profile and its clause; E2EKey Messages (binary, base64, hex, or in a primitive with m2m:seci) field by field; ESPrim Objects, random objects, ESData Envelopes and protected content instances with the meaning of each header parameter; files of e2ekey itself. Of several FILEs, or a folder, it says in a line what each is, then what belongs together and what is missing, and which file to mend first. Trusts nothing, fetches nothing and shows no private key. Ends with 1 if a file is not recognised, not readable as what it is, or has an error.',
  options,
  role: null,
  async run(values, output) {
    const { time = new Date(), files, details, 'password-file': passwordFile } = values;
    const password = passwordFile === undefined ? null : readPassword(passwordFile);
    const overview = await inspectOperands(files, { time, password });
    const isOverview = !details && (overview.files.length !== 1 || overview.folder !== null);
    const format = isOverview ? formatOverview : formatDetails;
    if (output.json) output.result(overview, '');
    // With escapes of a terminal in it, and no others: characters of files are made visible before.
    else output.bytes(Buffer.from(`${format(overview, terminalPaint)}\n`));
    return overview.files.some(({ findings }) => findings.some(({ severity }) => severity === 'error'))
      ? 1
      : 0;
  },
};

/** NO_COLOR and FORCE_COLOR decide, and else whether it is a terminal. */
const terminalPaint: Paint = (emphasis, text) =>
  styleText([...styles[emphasis]], text, { stream: process.stdout, validateStream: true });

const styles = {
  error: ['red'],
  warning: ['yellow'],
  note: ['dim'],
  good: ['green'],
  heading: ['bold'],
} as const satisfies Record<Emphasis, readonly string[]>;
