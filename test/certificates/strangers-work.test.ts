// What the bytes of a stranger may cost, and that nobody who is handed a verified peer can change what is remembered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import { pemBlocks } from '../../src/certificates/pem.ts';
import { Peers, verifyPeer } from '../../src/certificates/trust.ts';
import { TrustAnchors } from '../../src/certificates/trust-anchors.ts';
import { certificatePem, makeAuthority } from '../../src/testing/certificate-maker.ts';

const root = makeAuthority();
const entity = '//m2m.example.com/cse/Cae1';
const time = new Date('2027-06-01T00:00:00Z');
const peersWith = (trust: TrustAnchors) => new Peers([{ entity: null, flavour: 'ae-id', trust }]);

function verify(chain: readonly Uint8Array[], peers: Peers) {
  const budget = { signatures: 32, comparisons: 25_000 };
  const options = { peers, role: 'initiating', time, expected: false, certificateProfile: 'onem2m' } as const;
  const { peer } = verifyPeer(chain, { ...options, budget });
  return { peer, checks: 32 - budget.signatures };
}

test('an identity that stands a thousand times in a certificate is looked at once for each form of name', () => {
  const trust = TrustAnchors.fromCertificates([root.der]);
  const variants = Array.from({ length: 500 }, (_, index) =>
    index % 2 === 0 ? `uri:${entity}` : `uri:m2m://M2M.example.com/cse/Cae1`,
  );
  const leaf = parseCertificate(root.issue({ names: variants }).der);
  for (const peers of [peersWith(trust), new Peers([{ entity, flavour: 'ae-id', trust }])])
    assert.equal(peers.match(leaf).length, 1);
});

test('a chain above 4 KiB is proven each time: what a peer adds does not fill our memory (our bound)', () => {
  const trust = TrustAnchors.fromCertificates([root.der]);
  const leaf = root.issue({ names: [`uri:${entity}`] });
  const padding = Array.from({ length: 4096 - leaf.der.length }, () => 'x');
  const junk = (size: number): Uint8Array => {
    const plain = root.issue({ subject: 'junk', names: [`dns:${'a'.repeat(300)}`] }).der.length;
    const missing = size - plain;
    return root.issue({ subject: 'junk', names: [`dns:${'a'.repeat(300 + missing)}`] }).der;
  };
  const fits = [leaf.der, junk(padding.length - 8)];
  const exceeds = [leaf.der, junk(padding.length + 8)];
  assert.ok(fits.reduce((size, { length }) => size + length, 0) <= 4096);
  assert.ok(exceeds.reduce((size, { length }) => size + length, 0) > 4096);
  const peers = peersWith(trust);
  assert.deepEqual([verify(fits, peers).checks, verify(fits, peers).checks], [1, 0]);
  assert.deepEqual([verify(exceeds, peers).checks, verify(exceeds, peers).checks], [1, 1]);
});

test('a verified peer is a copy: who changes it changes nothing for the next one', () => {
  const peers = peersWith(TrustAnchors.fromCertificates([root.der]));
  const chain = [root.issue({ names: [`uri:${entity}`] }).der];
  const { peer } = verify(chain, peers);
  const before = structuredClone({ validUntil: peer.validUntil, path: peer.path });
  peer.validUntil?.setTime(8e15);
  (peer.path as unknown[]).length = 0;
  const again = verify(chain, peers);
  assert.equal(again.checks, 0);
  assert.deepEqual({ validUntil: again.peer.validUntil, path: again.peer.path }, before);
});

test('a byte order mark and white space before a PEM block drop no certificate (RFC 7468 2)', () => {
  const pem = certificatePem(root.der, root.issue().der);
  for (const text of [`\uFEFF${pem}`, ` ${pem}`, pem.replaceAll('-----BEGIN', '\t-----BEGIN')])
    assert.deepEqual(
      pemBlocks(text).map(({ der }) => der?.length),
      pemBlocks(pem).map(({ der }) => der?.length),
    );
});
