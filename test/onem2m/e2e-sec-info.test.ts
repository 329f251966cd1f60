// The announcement of an end-point, in e2eSecInfo alone and in the `<CSEBase>` around it.
import assert from 'node:assert/strict';
import { createPublicKey, createSecretKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { credentials } from '../../src/endpoint/credentials.ts';
import { Endpoint } from '../../src/endpoint/endpoint.ts';
import { cseBase } from '../../src/onem2m/cse-base.ts';
import { e2eSecInfo } from '../../src/onem2m/e2e-sec-info.ts';
import { serialisations } from '../../src/onem2m/serialisation/serialisation.ts';
import { certs, credentialOf, cseB, keyOf, peer } from '../endpoint/lab.ts';

const certificate = new X509Certificate(certs('cse-b.pem')).raw;
const certified = new Endpoint({ id: cseB, credential: credentialOf('cse-b'), peers: [peer.cae1] });

test('the usage identifiers are those of certificates for ESPrim and ESData (TS-0004 6.3.4.2.39, TS-0001 11.4.3)', () => {
  assert.deepEqual(e2eSecInfo(certified)?.esf, [43, 44, 45]);
});

test('certificates are our own in base64 of DER, without their chains (TS-0004 6.3.5.52)', () => {
  assert.deepEqual(e2eSecInfo(certified)?.escert, [certificate.toString('base64')]);
});

test('a raw public key is a certificate of SubjectPublicKeyInfo alone (TS-0003 3.1)', () => {
  const endpoint = new Endpoint({
    id: cseB,
    credential: [credentials.fromRawKey(keyOf('cse-b')), credentialOf('cse-b')],
    peers: [peer.cae1],
  });
  const spki = createPublicKey(keyOf('cse-b')).export({ format: 'der', type: 'spki' });
  assert.deepEqual(e2eSecInfo(endpoint)?.escert, [spki.toString('base64'), certificate.toString('base64')]);
});

test('ESPrim with provisioned keys, and the shared random object, are announced beside certificates (TS-0003 8.4.2 B.1b)', () => {
  const esprim = { sharedReceiverESPrimRandObject: { esri: 's.1' } };
  const { esf, esro } = e2eSecInfo(certified, { features: [13], esprim }) ?? {};
  assert.deepEqual([esf, esro], [[13, 43, 44, 45], { esri: 's.1' }]);
  const provisioned = e2eSecInfo({ certificates: [] }, { features: [13] });
  assert.deepEqual(provisioned, { esf: [13] });
});

test('an end-point with pre-shared keys only announces nothing (TS-0001 9.6.1.3)', () => {
  const endpoint = new Endpoint({
    id: cseB,
    peers: [
      { entity: '//m2m.example.com/cse-a/Cae1', flavour: 'psk', pskIdentity: 'Cae1', roles: ['initiating'] },
    ],
    presharedKey: () => createSecretKey(Buffer.alloc(32, 1)),
  });
  assert.equal(e2eSecInfo(endpoint), undefined);
  const { 'm2m:cb': shown } = cseBase(endpoint, { pointOfAccess: [], created: new Date(0) });
  assert.ok(!('esi' in shown));
});

test('whoever changes what is announced does not change what is presented', () => {
  certified.certificates[0]?.fill(0);
  assert.deepEqual(Buffer.from(certified.certificates[0] ?? []), certificate);
});

test('the CSEBase has every attribute that is mandatory, and e2eSecInfo (TS-0001 Table 9.6.3-2)', () => {
  const pointOfAccess = ['http://cse-b.m2m.example.com:8080'];
  const created = new Date(Date.UTC(2026, 10, 23, 9, 5, 7, 123));
  assert.deepEqual(cseBase(certified, { pointOfAccess, created }), {
    'm2m:cb': {
      ty: 5,
      ri: 'cse-b',
      rn: 'cse-b',
      pi: '',
      ct: '20261123T090507',
      lt: '20261123T090507',
      csi: '/cse-b',
      srt: [5],
      poa: pointOfAccess,
      csz: ['json', 'xml', 'cbor'],
      srv: ['2a', '3', '4', '5'],
      esi: e2eSecInfo(certified),
    },
  });
});

test('whoever reads the CSEBase in another serialisation sees the same announcement (TS-0004 8.1)', () => {
  const shown = cseBase(certified, { pointOfAccess: ['http://127.0.0.1:8080'], created: new Date(0) });
  for (const [name, { read, write }] of Object.entries(serialisations)) {
    const { csi, srt, poa, srv, esi } = (read(write(shown)) as typeof shown)['m2m:cb'];
    const whole = shown['m2m:cb'];
    assert.deepEqual(
      [csi, srt, poa, srv, esi],
      [whole.csi, whole.srt, whole.poa, whole.srv, whole.esi],
      name,
    );
  }
});

test('an AE has no CSEBase (TS-0001 9.6.3)', () => {
  for (const id of [`${cseB}/Cae1`, '//m2m.example.com/Sae1'])
    assert.throws(() => cseBase({ id, certificates: [] }, { pointOfAccess: [], created: new Date(0) }), {
      code: 'OPTION_INVALID',
    });
});
