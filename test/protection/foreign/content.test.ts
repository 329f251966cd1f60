// Protected contents and attributes of an implementation in another language, which derived the keys itself, recorded;
// and ours that it opened (test/vectors/jose).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributeCases, contentCases } from './content-cases.ts';
import { openAttributeOf, openContent } from './content-ours.ts';
import { recordedContents } from './recordings.ts';

const { theirs, ours } = recordedContents;
const recorded = ({ name }: { readonly name: string }) =>
  [theirs[name], ours[name]].map(object => object ?? assert.fail(`${name} was not recorded`));

for (const each of contentCases)
  test(`jwcrypto's content instance opens, and ours that it opened: ${each.name} (TS-0003 8.5.1)`, async () => {
    for (const con of recorded(each)) await openContent(each, con);
  });

for (const each of attributeCases)
  test(`jwcrypto's opens, and ours that it opened: ${each.name} (TS-0003 8.5.1, 10.3.6)`, async () => {
    for (const envelope of recorded(each)) await openAttributeOf(each, envelope);
  });
