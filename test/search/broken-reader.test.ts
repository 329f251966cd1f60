// A search that reports nothing could be one that sees nothing: with the flight reader broken as other stacks were, it
// has to report what was let in.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { breakages } from './breakages.ts';
import type { Finding } from './search.ts';

const broken = fileURLToPath(new URL('broken.ts', import.meta.url));
/** A reader may be broken so that it reads for ever. */
const timeout = 60_000;

suite('the search over sequences', { concurrency: 2 }, () => {
  test('finds nothing while the flight reader is whole', async () => {
    assert.deepEqual(await findings(), []);
  });

  for (const { name, found } of breakages)
    test(`reports ${found} when ${name}`, async () => {
      const sequences = (await findings(name)).map(({ sequence }) => sequence);
      assert.ok(sequences.includes(found), `reported: ${sequences.join(' ')}`);
    });
});

/** What the quick searches report in a process of their own. */
async function findings(...breakage: readonly string[]): Promise<readonly Finding[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [broken, ...breakage], { timeout });
  return JSON.parse(stdout) as readonly Finding[];
}
