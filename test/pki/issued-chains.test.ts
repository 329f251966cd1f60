import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validatePath } from '../../src/certificates/index.ts';
import { createAuthority } from '../../src/pki/authority.ts';
import { keyTypes } from '../../src/pki/key-type.ts';
import { issueLeaf } from '../../src/pki/leaf.ts';

const time = new Date('2030-06-01T00:00:00Z');
const validity = { notBefore: new Date('2030-01-01T00:00:00Z'), notAfter: new Date('2031-01-01T00:00:00Z') };
const request = { name: 'lab', domains: ['m2m.example.com'], validity };
const ae = { flavour: 'ae-id', id: '//m2m.example.com/cse-a/Cae1', validity } as const;
const cse = { flavour: 'cse-id', id: 'cse-b.m2m.example.com', uriScheme: null, validity } as const;

for (const uriConstraints of [false, true]) {
  const authority = await createAuthority({ ...request, uriConstraints });
  const anchors = [new Uint8Array(authority.root.certificate.raw)];
  for (const leaf of [{ ...ae, uriScheme: null }, { ...ae, uriScheme: 'm2m' }, cse]) {
    const variant = `URI constraints ${uriConstraints}, scheme ${leaf.uriScheme}`;
    test(`an issued ${leaf.flavour} chain fulfils the oneM2M certificate profile (TS-0003 10.1): ${variant}`, async () => {
      const { chain } = await issueLeaf(authority.intermediate, leaf);
      const ders = chain.map(certificate => new Uint8Array(certificate.raw));
      for (const purpose of ['initiating', 'terminating'] as const) {
        const verdict = validatePath(ders, { anchors, time, expect: leaf.id, purpose, profile: 'onem2m' });
        assert.deepEqual([verdict.valid, verdict.reason], [true, undefined]);
      }
    });
  }
}

for (const keyType of keyTypes) {
  const isTaken = keyType === 'p256';
  test(`an issued chain with a key of type ${keyType} fulfils profile rfc5280, and the oneM2M one ${isTaken ? 'too' : 'not'} (TS-0003 10.1.1.1)`, async () => {
    const authority = await createAuthority({ ...request, uriConstraints: false });
    const anchors = [new Uint8Array(authority.root.certificate.raw)];
    const { chain } = await issueLeaf(authority.intermediate, { ...cse, keyType });
    const ders = chain.map(certificate => new Uint8Array(certificate.raw));
    assert.equal(validatePath(ders, { anchors, time, expect: cse.id, profile: 'rfc5280' }).reason, undefined);
    const code = isTaken ? undefined : 'CERTIFICATE_UNSUPPORTED';
    assert.equal(validatePath(ders, { anchors, time, expect: cse.id, profile: 'onem2m' }).code, code);
  });
}
