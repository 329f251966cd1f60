import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { parseCertificate, validatePath } from '../../src/certificates/index.ts';
import { E2EKeyError, faultTable } from '../../src/errors.ts';
import { keyFor } from '../../src/testing/certificate-maker.ts';
import { DefectLab, type Presentation } from '../../src/testing/defect-lab.ts';
import { defects } from '../../src/testing/defects.ts';

const time = new Date('2026-12-01T00:00:00Z');
const labs = (['ae-id', 'cse-id'] as const).map(flavour => new DefectLab({ flavour, keyOf: keyFor }));

for (const lab of labs) {
  test(`what the ${lab.flavour} lab presents without a defect is valid, with the identity and for the role`, () => {
    assert.equal(judge(lab, lab.right()).reason, undefined);
  });

  for (const { name, code, position, field, clause, make } of defects)
    test(`${name} (${lab.flavour}) is refused as its row says: ${field}, ${clause}`, () => {
      const { finding } = judge(lab, make(lab));
      assert.deepEqual(
        { code: finding?.code, position: finding?.position, field: finding?.field, clause: finding?.clause },
        { code, position, field, clause },
      );
    });
}

test('each kind has a name of its own and a sentence, and is told by an alert', () => {
  const names = defects.map(({ name }) => name);
  assert.equal(new Set([...names, 'right', 'root']).size, names.length + 2);
  for (const { name, about, code } of defects) {
    assert.match(name, /^[a-z0-9]+(?:-[a-z0-9]+)*$/);
    assert.match(about, /^[A-Z].*\.$/i);
    assert.notEqual(faultTable[code].alert, null);
  }
});

test('the private key is that of the leaf, where its public key is one', () => {
  for (const lab of labs)
    for (const { name, make } of defects) {
      const { chain, key } = make(lab);
      const publicKey = name === 'authority-first' ? null : publicKeyIn(chain[0]);
      if (publicKey !== null) assert.ok(publicKey.equals(createPublicKey(key)), name);
    }
});

test('another identity may be given, and is the one in every certificate', () => {
  const lab = new DefectLab({ flavour: 'cse-id', id: 'Other.example.org', keyOf: keyFor });
  assert.equal(lab.id, 'Other.example.org');
  assert.equal(judge(lab, lab.right()).valid, true);
  for (const { name, code, make } of defects) assert.equal(judge(lab, make(lab)).code, code, name);
});

test('an identity that the flavour cannot hold is refused', () => {
  const wrong = [
    ['ae-id', '//m2m.example.com/cse-a'],
    ['ae-id', 'cse-b.m2m.example.com'],
    ['cse-id', '//m2m.example.com/cse-a/Cae1'],
    ['cse-id', 'localhost'],
  ] as const;
  for (const [flavour, id] of wrong)
    assert.throws(
      () => new DefectLab({ flavour, id }),
      (error: unknown) => error instanceof E2EKeyError && error.code === 'OPTION_INVALID',
      id,
    );
});

test("keys are fresh unless given: nobody else knows the root's", () => {
  const [one, other] = [new DefectLab(), new DefectLab()];
  assert.ok(!one.root.key.equals(other.root.key));
  assert.ok(!one.right().key.equals(other.right().key));
  assert.ok(one.right().key.equals(one.right().key));
});

function judge(lab: DefectLab, { chain, anchors }: Presentation) {
  return validatePath(chain, { anchors, time, expect: lab.id, purpose: lab.purpose });
}

/** Null where it cannot be read. */
function publicKeyIn(der: Uint8Array | undefined): KeyObject | null {
  try {
    return parseCertificate(der ?? Buffer.of()).publicKey;
  } catch {
    return null;
  }
}
