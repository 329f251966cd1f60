// Records the golden transcripts in test/transcripts/ anew: for a change of what travels that is meant. ECDSA
// draws its own randomness, so the signatures, and what follows from them, differ each time. Names on the command line
// record these variants alone.
import { writeFileSync } from 'node:fs';
import { recordedVariants, recordTranscript } from '../test/handshake/transcript.ts';

const wanted = process.argv.slice(2);
for (const variant of recordedVariants) {
  if (wanted.length > 0 && !wanted.includes(variant.name)) continue;
  const name = variant.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const file = new URL(`../test/transcripts/${name}.json`, import.meta.url);
  writeFileSync(file, `${JSON.stringify(recordTranscript(variant), null, 1)}\n`);
}
