// Peers with certificates of every flavour (TS-0003 10.1.1) in an Endpoint: what the stored key says of them, and what
// server_name they are called by.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { type PeerEntry, TrustAnchors } from '../../src/certificates/trust.ts';
import { certificatesFromPem, credentials } from '../../src/endpoint/credentials.ts';
import { Endpoint } from '../../src/endpoint/endpoint.ts';
import { anchors, type FlavourEnd, flavours } from '../cli/flavour-lab.ts';
import { fixedClock, lineToEndpoint, type OpenStore, stores } from './lab.ts';

const read = (file: string) => readFileSync(file, 'utf8');
const trust = TrustAnchors.fromCertificates(certificatesFromPem(read(anchors)));

for (const { name, flavour, initiating, terminating } of flavours) {
  if (flavour === 'raw') continue;

  for (const [kind, make] of Object.entries(stores))
    test(`a key out of the ${kind} store says whose it is: ${name}`, async t => {
      const store = make(t);
      const ours = open(t, initiating, terminating);
      const line = lineToEndpoint(open(t, terminating, initiating, store));
      const { id, peer } = await ours.establish(terminating.entity, line);
      assert.deepEqual([peer.flavour, peer.id], [flavour, terminating.identifier]);
      const stored = await open(t, terminating, initiating, store).key(id);
      assert.deepEqual([stored?.entity, stored?.role], [initiating.entity, 'terminating']);
      assert.deepEqual([stored?.peer.flavour, stored?.peer.id], [flavour, initiating.identifier]);
    });

  test(`server_name of ${name} is the host in the certificate, or that of the entity (RFC 6066 §3)`, async t => {
    const line = lineToEndpoint(open(t, terminating, initiating));
    await open(t, initiating, terminating).establish(terminating.entity, line);
    const hosted = flavour === 'cse-id' || flavour === 'fqdn';
    const host = hosted ? terminating.identifier : 'm2m.example.com';
    // One name of the type host_name: list, type and name with their lengths.
    const length = Buffer.byteLength(host);
    const extension = Buffer.concat([
      Buffer.of(0, 0, 0, length + 5, 0, length + 3, 0, 0, length),
      Buffer.from(host, 'latin1'),
    ]);
    assert.ok(Buffer.from(line.deliveries[0]?.message ?? []).includes(extension));
  });
}

/** One end-point that knows the other, with certificates that are judged by the clock of the lab. */
function open(t: TestContext, own: FlavourEnd, other: FlavourEnd, store?: OpenStore): Endpoint {
  const { entity, flavour, identifier } = other;
  if (flavour === 'raw') throw new TypeError('certificates are the matter here');
  const peer: PeerEntry = { entity, flavour, identifier, trust };
  const endpoint = new Endpoint({
    id: own.entity,
    credential: credentials.fromPem(read(own.credential), read(own.key)),
    peers: [peer],
    clock: fixedClock(),
    ...(store && { store: store() }),
  });
  t.after(() => endpoint.close());
  return endpoint;
}
