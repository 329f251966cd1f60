// Records the golden transcripts in test/transcripts/ anew: for a change of what travels that is meant. ECDSA
// draws its own randomness, so the signatures, and what follows from them, differ each time.
import { writeFileSync } from 'node:fs';
import { refuse } from '../src/errors.ts';
import { recordedVariants, recordTranscript } from '../test/handshake/transcript.ts';
import { runScript } from './options.ts';

await runScript(
  {
    file: 'record-transcripts.ts',
    about: 'Records the golden transcripts in test/transcripts/ anew. A second.',
    options: {
      names: {
        type: 'operand',
        placeholder: 'NAME',
        repeatable: true,
        optional: true,
        about: 'These variants alone; default all.',
      },
    },
    choose: ({ names }) => {
      const unknown = names.find(wanted => !recordedVariants.some(({ name }) => name === wanted));
      if (unknown !== undefined)
        refuse(
          'OPTION_INVALID',
          `there is no variant ${JSON.stringify(unknown)}, only ${recordedVariants.map(({ name }) => name).join('; ')}`,
        );
      return recordedVariants.filter(({ name }) => names.length === 0 || names.includes(name));
    },
    exitCodes: { 0: 'they are recorded' },
    example: '',
  },
  variants => {
    for (const variant of variants) {
      const name = variant.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
      const file = new URL(`../test/transcripts/${name}.json`, import.meta.url);
      writeFileSync(file, `${JSON.stringify(recordTranscript(variant), null, 1)}\n`);
    }
    return 0;
  },
);
