// A run that finds nothing could be one that sees nothing: with a mistake in the sources it has to report it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { plants } from './plants.ts';

const planted = fileURLToPath(new URL('planted.ts', import.meta.url));

suite('the run over a bad network', { concurrency: 2 }, () => {
  for (const { name, found } of plants)
    test(`reports that ${name}`, async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [planted, name], { timeout: 60_000 });
      const problems: string[] = JSON.parse(stdout);
      assert.ok(
        problems.some(problem => found.test(problem)),
        `reported: ${[...new Set(problems)].join('; ')}`,
      );
    });
});
