// Every alert that our end-points send because of the other one, on the wire: OpenSSL and GnuTLS name what they were
// sent. Where no stack would do what has to be refused, a hop between it and us changes bytes of what it says.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { after, type TestContext, test } from 'node:test';
import { type PeerEntry, Peers } from '../../src/certificates/trust.ts';
import { signatureSchemes } from '../../src/crypto/signatures.ts';
import { type FaultCode, faultTable } from '../../src/errors.ts';
import { makeProfile, type ProfileOptions } from '../../src/handshake/profile.ts';
import type { TlsEndpoint } from '../../src/interop/connection.ts';
import { establishOverTls } from '../../src/interop/establish.ts';
import { FlightStream } from '../../src/interop/flight-stream.ts';
import {
  applicationProtocol,
  type ForeignOptions,
  type ForeignPeer,
} from '../../src/interop/foreign-peer.ts';
import { listen, type Outcome } from '../../src/interop/listener.ts';
import { type KeyKind, makeMatrixLab } from '../../src/interop/matrix-lab.ts';
import { gnutls } from '../../src/interop/peers/gnutls.ts';
import { openssl } from '../../src/interop/peers/openssl.ts';
import { alertName } from '../../src/wire/alerts.ts';
import { handshakeHeaderSize } from '../../src/wire/messages.ts';
import { contentType, handshakeType } from '../../src/wire/numbers.ts';
import { recordHeaderSize } from '../../src/wire/records.ts';
import { within } from '../within.ts';
import { needed } from './needed.ts';

const stacks = new Map<ForeignPeer, Awaited<ReturnType<typeof needed>>>();
for (const stack of [openssl, gnutls]) stacks.set(stack, await needed(stack));

const lab = await makeMatrixLab();
after(lab.close);

interface Provocation {
  /** What is wrong, as a sentence without its full stop. */
  readonly name: string;
  readonly code: FaultCode;
  /** In which E2EKey Message of the stack: 2 and 4 are a TLS server's. */
  readonly message: 1 | 2 | 3 | 4;
  /** What the hop changes of that message, in its place. */
  readonly change?: (flight: Buffer) => void;
  readonly foreign?: Partial<ForeignOptions>;
  readonly ours?: Partial<ProfileOptions>;
  /** Years from now, when we look at certificates. */
  readonly later?: number;
}

const anybody: PeerEntry = { entity: null, flavour: 'any', trust: lab.trust };
const psk = {
  suites: ['TLS_PSK_WITH_AES_128_GCM_SHA256'],
  trust: null,
  credential: { kind: 'psk', identity: lab.presharedKey.identity, secret: lab.presharedKey.secret },
} as const satisfies Partial<ForeignOptions>;
const presharedPeer = {
  peers: new Peers([
    { entity: null, flavour: 'psk', pskIdentity: lab.presharedKey.identity, roles: ['initiating'] },
  ]),
} as const;

/** Where ClientHello and ServerHello have client_version, and the length of session_id behind version and random. */
const versionPlace = recordHeaderSize + handshakeHeaderSize;
const sessionIdPlace = versionPlace + 2 + 32;

const provocations: readonly Provocation[] = [
  {
    name: 'session_id of 255 bytes (RFC 5246 7.4.1.2)',
    code: 'MESSAGE_MALFORMED',
    message: 1,
    change: flight => flight.writeUInt8(255, sessionIdPlace),
  },
  {
    name: 'a record of 2^14 + 2049 bytes (RFC 5246 6.2.3)',
    code: 'RECORD_OVERFLOW',
    message: 1,
    change: flight => flight.writeUInt16BE(2 ** 14 + 2049, 3),
  },
  {
    name: 'ClientHello of TLS 1.1 (TS-0003 10.2.1)',
    code: 'VERSION_UNSUPPORTED',
    message: 1,
    change: flight => flight.writeUInt16BE(0x0302, versionPlace),
  },
  {
    name: 'no suite that we have (RFC 5246 7.4.1.3)',
    code: 'NOTHING_IN_COMMON',
    message: 1,
    change: flight => flight.writeUInt16BE(0xffff, behindSessionId(flight) + 2),
  },
  {
    name: 'another application protocol (RFC 7301 3.2)',
    code: 'NO_APPLICATION_PROTOCOL',
    message: 1,
    change: flight => flip(flight, flight.indexOf(applicationProtocol)),
  },
  {
    name: 'CertificateVerify in the place of ClientKeyExchange (RFC 5246 7.3)',
    code: 'MESSAGE_UNEXPECTED',
    message: 3,
    change: flight =>
      messageIn(flight, handshakeType.clientKeyExchange).writeUInt8(handshakeType.certificateVerify),
  },
  {
    name: 'a suite that was not offered (RFC 5246 7.4.1.3)',
    code: 'PARAMETER_ILLEGAL',
    message: 2,
    change: flight => flip(flight, behindSessionId(flight) + 1, 0xff),
  },
  {
    name: 'a signature that does not verify (RFC 5246 7.4.8)',
    code: 'SIGNATURE_INVALID',
    message: 3,
    change: flight => flip(messageIn(flight, handshakeType.certificateVerify), -1),
  },
  {
    name: 'a record that does not open (RFC 5246 6.2.3.3)',
    code: 'RECORD_UNAUTHENTIC',
    message: 3,
    change: flight => flip(flight, -1),
  },
  {
    // This alert is under keys.
    name: 'a record that does not open, in message 4 (RFC 5246 6.2.3.3)',
    code: 'RECORD_UNAUTHENTIC',
    message: 4,
    change: flight => flip(flight, -1),
  },
  {
    name: 'an extension that was not offered (RFC 5246 7.4.1.4)',
    code: 'EXTENSION_UNSOLICITED',
    message: 2,
    // extended_master_secret (23), empty, becomes token_binding (24).
    change: flight => {
      const hello = messageIn(flight, handshakeType.serverHello);
      flip(hello, hello.indexOf(Buffer.of(0, 23, 0, 0)) + 1, 23 ^ 24);
    },
  },
  {
    name: 'an identity without a pre-shared key (RFC 4279 2)',
    code: 'PSK_UNKNOWN',
    message: 3,
    foreign: { ...psk, credential: { ...psk.credential, identity: 'somebody else' } },
    ours: presharedPeer,
  },
  {
    name: 'a certificate that is no DER (X.690 10.1)',
    code: 'CERTIFICATE_MALFORMED',
    message: 3,
    // Behind its header: the length of the list, that of the certificate, and its first byte, a SEQUENCE.
    change: flight => flip(messageIn(flight, handshakeType.certificate), handshakeHeaderSize + 6),
  },
  {
    name: 'a certificate of nobody whom we know (TS-0003 8.1.2.4)',
    code: 'PEER_NOT_ALLOWED',
    message: 3,
    ours: {
      peers: new Peers(
        ['Cae1', 'Cae2'].map(name => ({
          entity: `//m2m.example.com/cse-a/${name}`,
          flavour: 'ae-id',
          trust: lab.trust,
        })),
      ),
    },
  },
  {
    name: 'a certificate whose time is over (RFC 5280 6.1.3 (a)(2))',
    code: 'CERTIFICATE_EXPIRED',
    message: 3,
    later: 2,
  },
  {
    name: 'a certificate whose signature does not hold (RFC 5280 6.1.3 (a)(1))',
    code: 'CERTIFICATE_UNTRUSTED',
    message: 3,
    change: flight => {
      const certificate = messageIn(flight, handshakeType.certificate);
      const size = certificate.readUIntBE(handshakeHeaderSize + 3, 3);
      flip(certificate, handshakeHeaderSize + 6 + size - 1);
    },
  },
  {
    name: 'a key on P-384, which TS-0003 10.1.1.1 has not',
    code: 'CERTIFICATE_UNSUPPORTED',
    message: 3,
    foreign: { credential: x509('ECDSA P-384'), groups: ['secp256r1', 'secp384r1'] },
    ours: { certificateProfile: 'onem2m' },
  },
];

test('every alert that is sent to a peer is provoked here, but for those of revocation', () => {
  const sent = (codes: readonly FaultCode[]) =>
    [...new Set(codes.map(code => faultTable[code].alert))].toSorted((a, b) => Number(a) - Number(b));
  const codes = Object.keys(faultTable) as FaultCode[];
  // revocation.test.ts and certificate-refusals.test.ts provoke them, from the same stacks.
  const elsewhere: FaultCode[] = ['CERTIFICATE_REVOKED', 'CERTIFICATE_STATUS_UNKNOWN', 'STATUS_RESPONSE_BAD'];
  const due = codes.filter(
    code => faultTable[code].blame === 'peer' && faultTable[code].alert !== null && !elsewhere.includes(code),
  );
  assert.deepEqual(sent(provocations.map(({ code }) => code)), sent(due));
});

for (const [stack, options] of stacks)
  for (const provocation of provocations) {
    const { name, code, message, foreign = {} } = provocation;
    const alert = alertName(faultTable[code].alert ?? -1);

    test(`${stack.name} is sent ${alert} for ${name}`, options, async t => {
      const asked: ForeignOptions = {
        credential: x509('ECDSA P-256'),
        trust: { anchors: lab.anchors },
        suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
        ...foreign,
      };
      const { error, theirs } = await (message % 2 === 0 ? initiating : terminating)(
        t,
        stack,
        asked,
        provocation,
      );
      assert.equal(error, code, theirs.output);
      assert.deepEqual([theirs.alertSent, theirs.alertReceived], [null, alert], theirs.output);
      // Who has sent message 4 has its key already.
      if (message !== 4) assert.equal(theirs.exported, null, theirs.output);
    });
  }

async function terminating(
  t: TestContext,
  stack: ForeignPeer,
  asked: ForeignOptions,
  provocation: Provocation,
) {
  const outcome = Promise.withResolvers<Outcome>();
  const listener = await listen({
    ...{ host: '127.0.0.1', port: 0, endpoint: endpoint(provocation) },
    ...{ keyLifetime: 3_600_000, onOutcome: outcome.resolve },
  });
  t.after(listener.close);
  const port = await hop(t, async stream => {
    const ours = await connected(t, listener.port);
    return { from: stream, to: ours, ordinals: [1, 3], provocation };
  });
  const theirs = await stack.initiate(port, asked);
  const ended = await within(outcome.promise, 'our end');
  return { error: 'error' in ended ? ended.error.code : 'none', theirs };
}

async function initiating(
  t: TestContext,
  stack: ForeignPeer,
  asked: ForeignOptions,
  provocation: Provocation,
) {
  const server = await stack.terminate(asked);
  t.after(server.stop);
  const port = await hop(t, async ours => {
    const theirs = await connected(t, server.port);
    return { from: theirs, to: ours, ordinals: [2, 4], provocation };
  });
  const ended = await establishOverTls({ host: '127.0.0.1', port }, endpoint(provocation), 3_600_000).then(
    () => 'none',
    error => error.code,
  );
  return { error: ended, theirs: await within(server.handshake, stack.name) };
}

interface Way {
  /** The connection of the stack, whose flights are changed, and ours. */
  readonly from: Socket;
  readonly to: Socket;
  readonly ordinals: readonly (1 | 2 | 3 | 4)[];
  readonly provocation: Provocation;
}

/** The port of a hop for one connection; `onward` connects it with the other side. */
async function hop(t: TestContext, onward: (socket: Socket) => Promise<Way>): Promise<number> {
  const pass = async (socket: Socket) => {
    endWith(t, socket);
    const { from, to, ordinals, provocation } = await onward(socket);
    to.pipe(from);
    const stream = new FlightStream(from);
    for (const ordinal of ordinals) {
      const flight = Buffer.from((await stream.flight(ordinal)) ?? []);
      if (ordinal === provocation.message) provocation.change?.(flight);
      to.write(flight);
    }
  };
  const server = createServer(socket => void pass(socket).catch(() => socket.destroy()));
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function connected(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  endWith(t, socket);
  await once(socket, 'connect');
  return socket;
}

/** Either side may break off at any time, and is gone with the test. */
function endWith(t: TestContext, socket: Socket): void {
  socket.on('error', () => undefined);
  t.after(() => socket.destroy());
}

function endpoint({ ours = {}, later = 0 }: Provocation): TlsEndpoint {
  const own = [lab.credential('ECDSA P-256').x509];
  const profile = makeProfile({
    credentials: own,
    peers: new Peers([anybody]),
    signatureSchemes: signatureSchemes.map(({ id }) => id),
    certificateProfile: 'rfc5280',
    ...ours,
  });
  return {
    profile,
    supplies: { credentials: own, presharedKey: () => lab.presharedKey.key },
    clock: () => new Date(Date.now() + later * 366 * 86_400_000),
    timeout: 10_000,
  };
}

function x509(kind: KeyKind) {
  const { certificate, key } = lab.credential(kind).files;
  return { kind: 'x509', certificate, key } as const;
}

/** Where ServerHello has cipher_suite, and ClientHello the length of cipher_suites. */
function behindSessionId(flight: Buffer): number {
  return sessionIdPlace + 1 + flight.readUInt8(sessionIdPlace);
}

/** The first handshake message of this type in the clear, header and all, in its place. */
function messageIn(flight: Buffer, type: number): Buffer {
  for (let at = 0; flight[at] === contentType.handshake; ) {
    const end = at + recordHeaderSize + flight.readUInt16BE(at + 3);
    for (let start = at + recordHeaderSize; start < end; ) {
      const size = handshakeHeaderSize + flight.readUIntBE(start + 1, 3);
      if (flight[start] === type) return flight.subarray(start, start + size);
      start += size;
    }
    at = end;
  }
  return assert.fail(`the stack sends no message of type ${type} in one record`);
}

function flip(bytes: Buffer, at: number, bits = 1): void {
  const place = at < 0 ? bytes.length + at : at;
  bytes.writeUInt8(bytes.readUInt8(place) ^ bits, place);
}
