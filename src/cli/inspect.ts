// e2ekey inspect
import { readBeginning } from '../inspect/input.ts';
import { type FileReport, inspect, maxFileSize } from '../inspect/inspect.ts';
import { formatReport } from '../inspect/text.ts';
import type { Command } from './command.ts';

const options = {
  files: {
    type: 'operand',
    placeholder: 'FILE',
    repeatable: true,
    about: 'What to look at; - is standard input.',
  },
  time: {
    type: 'time',
    placeholder: 'TIME',
    about: 'When certificates have to be valid and random objects to serve, ISO 8601; default now.',
  },
} as const;

export const command: Command<typeof options> = {
  description:
    'Says what each FILE is and shows it, by its content: certificates, chains and raw public keys (PEM, DER, base64, hex) with every departure from the oneM2M certificate profile and its clause; E2EKey Messages (binary, base64, hex, or in a primitive with m2m:seci) field by field; ESPrim Objects, random objects, ESData Envelopes and protected content instances with the meaning of each header parameter. Trusts nothing, opens nothing and shows no private key. Ends with 1 if a file is not recognised, not readable as what it is, or has an error.',
  options,
  role: null,
  async run(values, output) {
    const time = values.time ?? new Date();
    const files: FileReport[] = [];
    for (const file of values.files)
      files.push(inspect(file, await readBeginning(file, maxFileSize + 1), time));
    output.result({ files }, files.map(formatReport).join('\n\n'));
    return files.some(({ findings }) => findings.some(({ severity }) => severity === 'error')) ? 1 : 0;
  },
};
