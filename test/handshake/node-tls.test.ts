// node's own TLS stack (OpenSSL) as the other end-point, in both roles: its exporter is the independent judge of
// ours. It has no raw public keys.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionOptions, TLSSocketOptions } from 'node:tls';
import { usesPresharedKey } from '../../src/crypto/suites.ts';
import { allVariants, type KindVariant, pskIdentity } from './kinds.ts';
import {
  answer,
  begin,
  cae1,
  cseB,
  done,
  exported,
  goOn,
  initiatingEnd,
  labPresharedKey,
  message4Of,
  sent,
  terminatingEnd,
} from './lab.ts';
import { callingNode, contextFor, exportedBy, indicator, servingNode } from './node-stream.ts';

const withoutRawKeys = allVariants.filter(({ kind }) => !kind.includes('raw'));

for (const variant of withoutRawKeys) {
  const { name, suite, group, encryptThenMac } = variant;
  const usesCertificates = !usesPresharedKey(suite);

  test(`node:tls terminates, and both export the same 48 bytes: ${name}`, async t => {
    const { own = cseB, pskIdentityHint } = variant.terminating;
    const node = servingNode(t, contextFor(variant, own), {
      ALPNProtocols: [indicator],
      ...(usesCertificates
        ? { requestCert: true, rejectUnauthorized: true }
        : servingPresharedKey(pskIdentityHint)),
    });

    const end = initiatingEnd(variant.initiating);
    const turn1 = begin(end, { encryptThenMac: true });
    node.write(turn1.message);
    const turn3 = sent(goOn(end, turn1.state, await node.flights.next('ServerHelloDone')));
    node.write(turn3.message);
    const { session } = done(goOn(end, turn3.state, await node.flights.next('Finished (protected)')));

    await node.secured;
    if (usesCertificates)
      assert.equal(node.socket.getPeerX509Certificate()?.subjectAltName, 'URI://m2m.example.com/cse-a/Cae1');
    assert.equal(node.socket.alpnProtocol, indicator);
    assert.equal(session.exportIndicator, true);
    assert.equal(session.group, group?.name ?? null);
    assert.equal(session.peer.entity, '//m2m.example.com/cse-b');
    assert.equal(negotiatedEncryptThenMac(turn3.state), encryptThenMac);
    assert.deepEqual(exported(session), exportedBy(node.socket));
  });

  test(`node:tls initiates, and both export the same 48 bytes: ${name}`, async t => {
    const { own = cae1 } = variant.initiating;
    const heard: (string | null)[] = [];
    const node = callingNode(t, contextFor(variant, own), {
      ALPNProtocols: [indicator],
      ...(usesCertificates ? {} : callingPresharedKey(heard)),
    });

    const end = terminatingEnd(variant.terminating);
    const turn2 = answer(end, await node.flights.next('ClientHello'));
    node.write(turn2.message);
    const turn4 = done(goOn(end, turn2.state, await node.flights.next('Finished (protected)')));
    node.write(message4Of(turn4));

    await node.secured;
    assert.equal(node.socket.authorized, true);
    assert.equal(node.socket.alpnProtocol, indicator);
    assert.equal(turn4.session.peer.entity, '//m2m.example.com/cse-a/Cae1');
    assert.equal(turn4.session.exportIndicator, true);
    assert.equal(turn4.session.group, group?.name ?? null);
    assert.equal(negotiatedEncryptThenMac(turn2.state), encryptThenMac);
    assert.deepEqual(exported(turn4.session), exportedBy(node.socket));
    if (!usesCertificates) assert.deepEqual(heard, [variant.terminating.pskIdentityHint ?? null]);
  });
}

test('without ALPN at node:tls the procedure ends well, and no indicator is reported', async t => {
  const [variant] = withoutRawKeys;
  assert.ok(variant);
  const node = callingNode(t, contextFor(variant, cae1), {});
  const end = terminatingEnd(variant.terminating);
  const turn2 = answer(end, await node.flights.next('ClientHello'));
  node.write(turn2.message);
  const turn4 = done(goOn(end, turn2.state, await node.flights.next('Finished (protected)')));
  node.write(message4Of(turn4));
  await node.secured;
  assert.equal(turn4.session.exportIndicator, false);
  assert.deepEqual(exported(turn4.session), exportedBy(node.socket));
});

/** As options of `tls.Server`, which node's types do not have for TLSSocket. */
function servingPresharedKey(pskIdentityHint: string | undefined): TLSSocketOptions {
  const options = {
    pskCallback: (_: unknown, identity: string) =>
      identity === pskIdentity ? labPresharedKey.export() : null,
    ...(pskIdentityHint !== undefined && { pskIdentityHint }),
  };
  return options as TLSSocketOptions;
}

function callingPresharedKey(heard: (string | null)[]): ConnectionOptions {
  return {
    pskCallback: hint => {
      heard.push(hint);
      return { identity: pskIdentity, psk: labPresharedKey.export() };
    },
    // There is no certificate that a name could stand in.
    checkServerIdentity: () => undefined,
  };
}

function negotiatedEncryptThenMac(state: object): KindVariant['encryptThenMac'] | undefined {
  return 'negotiated' in state
    ? (state.negotiated as Pick<KindVariant, 'encryptThenMac'>).encryptThenMac
    : undefined;
}
