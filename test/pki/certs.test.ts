import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const certs = new URL('../../certs/', import.meta.url);
const [root, otherRoot] = [chainOf('root')[0], chainOf('other-root')[0]];

const leaves = [
  { name: 'cae1', identity: 'URI://m2m.example.com/cse-a/Cae1', anchor: root, until: 2126 },
  { name: 'cae2', identity: 'URI://m2m.example.com/cse-a/Cae2', anchor: root, until: 2126 },
  { name: 'cse-b', identity: 'DNS:cse-b.m2m.example.com', anchor: root, until: 2126 },
  { name: 'cae1-expired', identity: 'URI://m2m.example.com/cse-a/Cae1', anchor: root, until: 2026 },
  { name: 'other-cae1', identity: 'URI://m2m.example.com/cse-a/Cae1', anchor: otherRoot, until: 2126 },
];

for (const { name, identity, anchor, until } of leaves) {
  test(`certs/${name}.pem is what its README says, with its key`, () => {
    const [leaf, intermediate, ...more] = chainOf(name);
    assert.equal(more.length, 0);
    assert.equal(leaf?.subjectAltName, identity);
    assert.equal(leaf?.validToDate.getUTCFullYear(), until);
    assert.ok(leaf?.checkPrivateKey(createPrivateKey(text(`${name}.key`))));
    assert.ok(intermediate !== undefined && anchor !== undefined);
    assert.ok(leaf?.verify(intermediate.publicKey) && intermediate.verify(anchor.publicKey));
  });
}

test('the two roots have one name and two keys, so that a name alone never makes trust', () => {
  assert.equal(root?.subject, otherRoot?.subject);
  assert.ok(root !== undefined && otherRoot?.publicKey.equals(root.publicKey) === false);
});

test('the README names every file of certs/', () => {
  const readme = text('README.md');
  for (const file of readdirSync(certs).filter(name => name !== 'README.md')) {
    const listed =
      readme.includes(`\`${file}\``) || readme.includes(`\`${file.replace(/\.(pem|key)$/, '')}.*\``);
    assert.ok(listed, file);
  }
});

function chainOf(name: string): X509Certificate[] {
  const blocks =
    text(`${name}.pem`).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map(block => new X509Certificate(block));
}

function text(name: string): string {
  return readFileSync(new URL(name, certs), 'utf8');
}
