// node's own TLS stack (OpenSSL) as the other end-point, in both roles, over streams in memory: its exporter is
// the independent judge of ours. No socket and no other program.
import assert from 'node:assert/strict';
import { constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { connect, createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls';
import { certificatePem } from '../../src/testing/certificate-maker.ts';
import { annotate } from '../../src/wire/annotate.ts';
import {
  answer,
  begin,
  cae1,
  cseB,
  done,
  exported,
  goOn,
  initiatingEnd,
  type LabCredential,
  message4Of,
  sent,
  terminatingEnd,
  type Variant,
  variants,
} from './lab.ts';

const indicator = 'onem2m-e2ekey';
const rootPem = readFileSync(new URL('../../certs/root.pem', import.meta.url), 'utf8');

/** SSL_OP_NO_ENCRYPT_THEN_MAC of openssl/ssl.h; node has no name for it. */
const noEncryptThenMac = 1 << 19;

for (const variant of variants) {
  test(`node:tls terminates, and both export the same 48 bytes: ${variant.name}`, async () => {
    const { near, far } = pipe();
    const serving = new TLSSocket(far, {
      isServer: true,
      secureContext: createSecureContext(contextFor(variant, cseB)),
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: [indicator],
    });
    const secured = event(serving, 'secure');
    const flights = new Flights(near);

    const end = initiatingEnd({ suites: [variant.suite] });
    const turn1 = begin(end, { encryptThenMac: true });
    near.write(turn1.message);
    const turn3 = sent(goOn(end, turn1.state, await flights.next('ServerHelloDone')));
    near.write(turn3.message);
    const { session } = done(goOn(end, turn3.state, await flights.next('Finished (protected)')));

    await secured;
    assert.equal(serving.getPeerX509Certificate()?.subjectAltName, 'URI://m2m.example.com/cse-a/Cae1');
    assert.equal(serving.alpnProtocol, indicator);
    assert.equal(session.exportIndicator, true);
    assert.equal(negotiatedEncryptThenMac(turn3.state), variant.encryptThenMac);
    assert.deepEqual(exported(session), exportedBy(serving));
    serving.destroy();
  });

  test(`node:tls initiates, and both export the same 48 bytes: ${variant.name}`, async () => {
    const { near, far } = pipe();
    const calling = connect({
      socket: far,
      secureContext: createSecureContext(contextFor(variant, cae1)),
      servername: 'cse-b.m2m.example.com',
      ALPNProtocols: [indicator],
    });
    const secured = event(calling, 'secureConnect');
    const flights = new Flights(near);

    const end = terminatingEnd({ suites: [variant.suite] });
    const turn2 = answer(end, await flights.next('ClientHello'));
    near.write(turn2.message);
    const turn4 = done(goOn(end, turn2.state, await flights.next('Finished (protected)')));
    near.write(message4Of(turn4));

    await secured;
    assert.equal(calling.authorized, true);
    assert.equal(calling.alpnProtocol, indicator);
    assert.equal(turn4.session.peer.entity, '//m2m.example.com/cse-a/Cae1');
    assert.equal(turn4.session.exportIndicator, true);
    assert.equal(negotiatedEncryptThenMac(turn2.state), variant.encryptThenMac);
    assert.deepEqual(exported(turn4.session), exportedBy(calling));
    calling.destroy();
  });
}

test('without ALPN at node:tls the procedure ends well, and no indicator is reported', async () => {
  const [variant] = variants;
  assert.ok(variant);
  const { near, far } = pipe();
  const secureContext = createSecureContext(contextFor(variant, cae1));
  const calling = connect({ socket: far, secureContext, servername: 'cse-b.m2m.example.com' });
  const secured = event(calling, 'secureConnect');
  const flights = new Flights(near);
  const end = terminatingEnd({ suites: [variant.suite] });
  const turn2 = answer(end, await flights.next('ClientHello'));
  near.write(turn2.message);
  const turn4 = done(goOn(end, turn2.state, await flights.next('Finished (protected)')));
  near.write(message4Of(turn4));
  await secured;
  assert.equal(turn4.session.exportIndicator, false);
  assert.deepEqual(exported(turn4.session), exportedBy(calling));
  calling.destroy();
});

function contextFor({ suite, encryptThenMac }: Variant, { chain, key }: LabCredential): SecureContextOptions {
  return {
    ca: rootPem,
    cert: certificatePem(...chain),
    key: key.export({ format: 'pem', type: 'pkcs8' }),
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    // Level 0: OpenSSL holds the 64-bit tag of CCM_8 for too weak above that.
    ciphers: `${opensslNames[suite.name]}:@SECLEVEL=0`,
    ecdhCurve: 'prime256v1',
    secureOptions: constants.SSL_OP_NO_TICKET | (encryptThenMac ? 0 : noEncryptThenMac),
  };
}

const opensslNames: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8: 'ECDHE-ECDSA-AES128-CCM8',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 'ECDHE-ECDSA-AES128-SHA256',
};

function negotiatedEncryptThenMac(state: object): unknown {
  return 'negotiated' in state && (state.negotiated as { encryptThenMac: boolean }).encryptThenMac;
}

/** A stream of records cut into flights, by the message that ends each. */
class Flights {
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(stream: Duplex) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async next(last: string): Promise<Uint8Array> {
    let flight: Uint8Array = new Uint8Array();
    for (;;) {
      const { value, done: ended } = await this.#chunks.next();
      assert.ok(!ended, `the stream ends before ${last}`);
      flight = Buffer.concat([flight, value]);
      const { messages, problem } = annotate(flight);
      assert.ok(!messages.includes('Alert'), 'the other stack sent an alert');
      if (problem === null && messages.at(-1) === last) return flight;
    }
  }
}

/** Without a context (RFC 5705 §4); node's types know only the form with one. */
function exportedBy(socket: TLSSocket): Buffer {
  return Reflect.apply(socket.exportKeyingMaterial, socket, [48, 'EXPORTER-oneM2M-ESCertKE']);
}

function event(socket: TLSSocket, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(name, () => resolve());
    socket.once('error', reject);
  });
}

/** What is written to one end is read from the other. */
function pipe(): { near: Duplex; far: Duplex } {
  const make = (other: () => Duplex) =>
    new Duplex({
      read() {},
      write(chunk, _encoding, written) {
        other().push(chunk);
        written();
      },
    });
  const near: Duplex = make(() => far);
  const far: Duplex = make(() => near);
  return { near, far };
}
