// Records the golden transcripts in test/transcripts/ anew: for a change of what travels that is meant. ECDSA
// draws its own randomness, so the signatures, and what follows from them, differ each time.
import { writeFileSync } from 'node:fs';
import { variants } from '../test/handshake/lab.ts';
import { recordTranscript } from '../test/handshake/transcript.ts';

for (const variant of variants) {
  const name = variant.name.toLowerCase().replace(', ', '-').replaceAll('_', '-');
  const file = new URL(`../test/transcripts/${name}.json`, import.meta.url);
  writeFileSync(file, `${JSON.stringify(recordTranscript(variant), null, 1)}\n`);
}
