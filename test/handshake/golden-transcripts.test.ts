// Both roles write, byte by byte, what they wrote when test/transcripts/ was recorded: whoever changes what
// travels, or the order in which randomness is used up, sees it here.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { recordedVariants, replayTranscript, type Transcript } from './transcript.ts';

const directory = new URL('../transcripts/', import.meta.url);
const files = readdirSync(directory).filter(file => file.endsWith('.json'));

const transcripts = files.map(file => ({
  file,
  transcript: JSON.parse(readFileSync(new URL(file, directory), 'utf8')) as Transcript,
}));

test('there is a golden transcript of every kind of credential and of every suite, CBC in both orders of MAC and encryption', () => {
  assert.deepEqual(
    transcripts.map(({ transcript }) => transcript.variant).sort(),
    recordedVariants.map(({ name }) => name).sort(),
  );
});

for (const { file, transcript } of transcripts) {
  test(`both end-points write the recorded bytes: ${file}`, () => replayTranscript(transcript));

  test(`a transcript with one changed byte is not replayed: ${file}`, () => {
    const { messages, initiating } = transcript;
    const [first, ...others] = messages;
    const bytes = [...(first?.bytes ?? [])].map(line => line.replace('0303', '0304'));
    const edited = { ...transcript, messages: [{ ...(first ?? assert.fail()), bytes }, ...others] };
    assert.throws(() => replayTranscript(edited), assert.AssertionError);
    const [line = '', ...lines] = initiating.randomness;
    const redrawn = {
      ...initiating,
      randomness: [line.replace(/^./, digit => (digit === '0' ? '1' : '0')), ...lines],
    };
    assert.throws(() => replayTranscript({ ...transcript, initiating: redrawn }), assert.AssertionError);
  });
}
