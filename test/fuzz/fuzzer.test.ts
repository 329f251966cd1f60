// The fuzzer itself: were it blind, the runs of targets.test.ts could not fail.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { refuse } from '../../src/errors.ts';
import { decode } from '../../src/wire/codec.ts';
import { Certificate, ClientHello } from '../../src/wire/messages.ts';
import { Draw } from './draw.ts';
import { type Finding, fuzz, sharesOf } from './fuzzer.ts';
import { leaf } from './part.ts';
import { plants } from './plants.ts';
import { describeFinding } from './report.ts';
import { type Target, Violation } from './target.ts';
import { targets } from './targets.ts';
import { drawnPart } from './wire-parts.ts';

const helloTarget: Target = {
  name: 'planted: ClientHello',
  group: 'messages',
  seeds: [drawnPart(ClientHello.shape, new Draw('hello'))],
  draw: draw => drawnPart(ClientHello.shape, draw),
  refuses: ({ code }) => code === 'MESSAGE_MALFORMED',
  take: bytes => {
    decode(ClientHello, bytes);
    return 'decoded';
  },
};

const run = async (changes: Partial<Target>, inputs = 3000): Promise<readonly Finding[]> => {
  const { findings } = await fuzz({ ...helloTarget, ...changes }, { seed: 'planted', inputs });
  return findings;
};

test('a target without a mistake has no finding', async () => {
  assert.deepEqual(await run({}), []);
});

test('an error without a code is found behind the decoder, and reduced to what it takes', async () => {
  const findings = await run({
    take: bytes => {
      const { extensions, sessionId } = decode(ClientHello, bytes);
      const planted = extensions.some(({ type, data }) => type === 10 && data.length > 2);
      if (planted) throw new TypeError(`planted at ${sessionId.length}`);
      return 'decoded';
    },
  });
  const [found] = findings;
  assert.ok(found?.error instanceof TypeError);
  // Version, random, three shortest vectors, and one extension with one group: nothing else is left.
  const { extensions, cipherSuites, sessionId } = decode(ClientHello, found.bytes);
  assert.deepEqual(
    extensions.map(({ type }) => type),
    [10],
  );
  assert.deepEqual([cipherSuites.length, sessionId.length], [1, 0]);
  assert.ok(found.bytes.length <= 51, `${found.bytes.length} bytes`);
  assert.match(
    describeFinding(found),
    /^planted: ClientHello, seed planted, input \d+\nhex: [0-9a-f]+\nTypeError: planted/,
  );
});

test('a code that the target may not have is found', async () => {
  const [found] = await run({ refuses: () => false });
  assert.ok(found?.error instanceof Violation);
  assert.match(found.error.message, /^MESSAGE_MALFORMED \(peer\) may not come out/);
});

test('a result that is against the rule is found, also where it is waited for', async () => {
  const [found] = await run({
    take: async bytes => {
      if (bytes.length === 3) throw new Violation('three bytes');
      return 'taken';
    },
  });
  assert.equal(found?.bytes.length, 3);
});

test('a mistake behind several borders is found, since what ended otherwise is gone on from', async () => {
  // Each byte has a sentence of its own and takes one change.
  const steps = (bytes: Uint8Array): number =>
    [0x7f, 0x80, 0x2e, 0xc0].findIndex((wanted, at) => bytes[at] !== wanted);
  const take = (told: boolean) => (bytes: Uint8Array) => {
    const step = steps(bytes);
    if (step === -1) throw new RangeError('planted behind four bytes');
    return refuse('MESSAGE_MALFORMED', told ? `value.${'abcd'[step]}: is wrong` : 'value: is wrong');
  };
  const seeds = [leaf('opaque', Buffer.alloc(4))];
  const { draw: _, ...withoutDraw } = helloTarget;
  const found = async (told: boolean) => {
    const { findings } = await fuzz(
      { ...withoutDraw, seeds, take: take(told) },
      { seed: 'guided', inputs: 25_000 },
    );
    return findings.length;
  };
  assert.ok((await found(true)) > 0, 'guided by the sentences');
  assert.equal(await found(false), 0, 'without them it is out of reach');
});

test('a list in a list, a length that lies and records of one byte are among the inputs', async () => {
  const seen = new Set<string>();
  const take = (bytes: Uint8Array): string => {
    const { certificates } = decode(Certificate, bytes);
    if (certificates.length > 50) seen.add('many');
    return `${certificates.length}`;
  };
  const refuses: Target['refuses'] = ({ message }) => {
    for (const part of ['left over', 'are left', 'where 0 to']) if (message.includes(part)) seen.add(part);
    return true;
  };
  const seeds = Array.from({ length: 4 }, (_, at) => drawnPart(Certificate.shape, new Draw(`${at}`)));
  const { draw: _, ...withoutDraw } = helloTarget;
  await fuzz({ ...withoutDraw, seeds, take, refuses }, { seed: 'kinds', inputs: 4000 });
  assert.deepEqual([...seen].toSorted(), ['are left', 'left over', 'many']);
});

test('the same seed gives the same inputs, another one others', async () => {
  const [target] = targets.filter(({ name }) => name.startsWith('chains: ae-id in profile onem2m'));
  assert.ok(target);
  const inputsOf = async (seed: string): Promise<string> => {
    const inputs: string[] = [];
    const before = (bytes: Uint8Array) => void inputs.push(Buffer.from(bytes).toString('hex'));
    await fuzz(target, { seed, inputs: 30, before });
    return inputs.join('\n');
  };
  assert.equal(await inputsOf('1'), await inputsOf('1'));
  assert.notEqual(await inputsOf('1'), await inputsOf('2'));
});

test('every target has its share of the inputs, and a name of its own', () => {
  const [light, heavy] = [helloTarget, { ...helloTarget, weight: 3 }];
  assert.deepEqual([...sharesOf([light, heavy], 100).values()], [25, 75]);
  assert.deepEqual([...sharesOf([light, heavy], 1).values()], [1, 1]);
  assert.equal(new Set(targets.map(({ name }) => name)).size, targets.length);
});

// Two at a time, each in a process of its own.
suite('a mistake in the sources', { concurrency: 2 }, () => {
  for (const { name, found, inputs } of plants)
    test(`is found within ${inputs} inputs: ${name}`, async () => {
      const first = await firstFinding(name);
      assert.ok(first, 'nothing was found');
      assert.match(first.error, found);
    });
});

/** What a run reports in a process whose sources have this mistake. */
async function firstFinding(plant: string): Promise<{ readonly error: string } | null> {
  const planted = fileURLToPath(new URL('planted.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [planted, plant], { timeout: 60_000 });
  return JSON.parse(stdout) as { readonly error: string } | null;
}
