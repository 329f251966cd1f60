// Which type of certificate either end-point presents (RFC 7250 §4): offered, chosen, and the choice checked. Whose raw
// public key is taken is in raw-public-keys.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaultCode } from '../../src/errors.ts';
import { accept } from '../../src/handshake/handshake.ts';
import { findExtension, makeExtension } from '../../src/wire/codec.ts';
import { clientExtension, serverExtension } from '../../src/wire/extensions.ts';
import { type ClientHello, message, type ServerHello } from '../../src/wire/messages.ts';
import { edit, find, inRecords, messagesOf } from './flights.ts';
import { beginWith } from './lab.ts';
import {
  answered,
  certified,
  endOf,
  type Kinds,
  knowsCertified,
  knowsRaw,
  opening,
  type Party,
  party,
  raw,
  read,
} from './parties.ts';
import { refused } from './refused.ts';

const [x509Number, rawNumber] = [0, 2];
const helloOf = (message1: Uint8Array): ClientHello => find(messagesOf(message1), message.clientHello);
const serverHelloOf = (message2: Uint8Array): ServerHello => find(messagesOf(message2), message.serverHello);

const offers: readonly {
  has: Kinds;
  knowsBy: Kinds;
  client: readonly number[] | undefined;
  server: readonly number[] | undefined;
}[] = [
  { has: ['x509'], knowsBy: ['x509'], client: undefined, server: undefined },
  { has: ['raw'], knowsBy: ['x509'], client: [2], server: undefined },
  { has: ['x509'], knowsBy: ['raw'], client: undefined, server: [2] },
  { has: ['raw', 'x509'], knowsBy: ['raw'], client: [2, 0], server: [2] },
  { has: ['x509', 'raw', 'raw'], knowsBy: ['raw'], client: [0, 2], server: [2] },
];

test('the types are offered best first, each once, and X.509 alone goes without saying (RFC 7250 §4.1)', () => {
  for (const { has, knowsBy, client, server } of offers) {
    const { extensions } = helloOf(opening(endOf('a', has, knowsBy)).message);
    assert.deepEqual(findExtension(extensions, clientExtension.clientCertificateType), client);
    assert.deepEqual(findExtension(extensions, clientExtension.serverCertificateType), server);
  }
});

test('where one peer is known by certificate and another by raw public key, both types are offered', () => {
  const a = party('a', { own: [certified('a')], knows: [knowsRaw('b'), knowsCertified('c')] });
  const { extensions } = helloOf(opening(a).message);
  const offered = findExtension(extensions, clientExtension.serverCertificateType);
  assert.deepEqual(offered?.toSorted(), [x509Number, rawNumber]);
});

/** As if the initiating end-point had offered these types; undefined leaves the extension out. */
function offering(
  client: readonly number[] | undefined,
  server: readonly number[] | undefined,
): (hello: ClientHello) => ClientHello {
  const types = [clientExtension.clientCertificateType.type, clientExtension.serverCertificateType.type];
  return hello => ({
    ...hello,
    extensions: [
      ...hello.extensions.filter(({ type }) => !types.includes(type)),
      ...(client ? [makeExtension(clientExtension.clientCertificateType, client)] : []),
      ...(server ? [makeExtension(clientExtension.serverCertificateType, server)] : []),
    ],
  });
}

const choices: readonly {
  rule: string;
  b: Party;
  client: readonly number[] | undefined;
  server: readonly number[] | undefined;
  answers: readonly [client: number | undefined, server: number | undefined];
}[] = [
  {
    rule: 'absent extensions mean X.509 and are not answered',
    b: endOf('b', ['raw', 'x509'], ['x509']),
    client: undefined,
    server: undefined,
    answers: [undefined, undefined],
  },
  {
    rule: 'an end-point with X.509 alone accepts whoever offers both',
    b: endOf('b', ['x509'], ['x509']),
    client: [2, 0],
    server: [2, 0],
    answers: [0, 0],
  },
  {
    rule: "the initiating end-point's own type is the first of its list by which peers are known",
    b: party('b', { own: [raw('b')], knows: [knowsCertified('a'), knowsRaw('c')], expected: false }),
    client: [2, 0],
    server: [2],
    answers: [2, 2],
  },
  {
    rule: 'of two credentials the first whose type is taken is presented',
    b: endOf('b', ['raw', 'x509'], ['x509']),
    client: undefined,
    server: [0, 2],
    answers: [undefined, 2],
  },
  {
    rule: 'types that nobody knows are passed over (RFC 8701)',
    b: endOf('b', ['raw'], ['raw']),
    client: [0x4a, 2],
    server: [0x4a, 2],
    answers: [2, 2],
  },
  {
    rule: 'client_certificate_type is answered only if a certificate is asked for (§4.2)',
    b: endOf('b', ['raw'], ['raw'], { clientAuthentication: 'none' }),
    client: [2],
    server: [2],
    answers: [undefined, 2],
  },
  {
    rule: 'who may go without certificate is asked for X.509 where nobody is known by it',
    b: endOf('b', ['raw'], ['raw'], { clientAuthentication: 'request' }),
    client: undefined,
    server: [2],
    answers: [undefined, 2],
  },
];

for (const { rule, b, client, server, answers } of choices)
  test(`ServerHello chooses the certificate types (RFC 7250 §4.2): ${rule}`, () => {
    const turn1 = beginWith(opening(endOf('a', ['x509'], ['x509'])), offering(client, server));
    const messages = messagesOf(answered(b, turn1.message).message);
    const { extensions } = find(messages, message.serverHello);
    assert.deepEqual(
      [
        findExtension(extensions, serverExtension.clientCertificateType),
        findExtension(extensions, serverExtension.serverCertificateType),
      ],
      answers,
    );
    if (answers[1] === rawNumber)
      assert.deepEqual(
        Buffer.from(find(messages, message.rawPublicKeyCertificate).subjectPublicKeyInfo),
        Buffer.from(raw('b').chain[0] ?? assert.fail()),
      );
    else assert.equal(find(messages, message.certificate).certificates.length, 1);
  });

const nothingInCommon: readonly {
  rule: string;
  b: Party;
  client: readonly number[] | undefined;
  server: readonly number[] | undefined;
  field: RegExp;
}[] = [
  {
    rule: 'X.509 is offered and we have raw public keys',
    b: endOf('b', ['raw'], ['x509']),
    client: undefined,
    server: undefined,
    field: /ClientHello\.server_certificate_type/,
  },
  {
    rule: 'raw public keys are asked for and we have X.509',
    b: endOf('b', ['x509'], ['x509']),
    client: undefined,
    server: [2],
    field: /ClientHello\.server_certificate_type/,
  },
  {
    rule: 'a raw public key is offered and peers are known by X.509',
    b: endOf('b', ['x509'], ['x509']),
    client: [2],
    server: undefined,
    field: /ClientHello\.client_certificate_type/,
  },
  {
    rule: 'X.509 is offered and peers are known by raw public keys',
    b: endOf('b', ['x509'], ['raw']),
    client: undefined,
    server: undefined,
    field: /ClientHello\.client_certificate_type/,
  },
  {
    rule: 'a raw public key is offered where certificates are asked for and may be missing',
    b: endOf('b', ['x509'], ['x509'], { clientAuthentication: 'request' }),
    client: [2],
    server: undefined,
    field: /ClientHello\.client_certificate_type/,
  },
];

for (const { rule, b, client, server, field } of nothingInCommon)
  test(`no certificate type in common is unsupported_certificate (RFC 7250 §4.2): ${rule}`, () => {
    const { message: message1 } = beginWith(
      opening(endOf('a', ['x509'], ['x509'])),
      offering(client, server),
    );
    const error = refused(() => accept(b.profile, message1), 'CERTIFICATE_UNSUPPORTED', field);
    assert.equal(error.alert, 43);
  });

test('client_certificate_type plays no part where no certificate is asked for (RFC 7250 §4.2)', () => {
  const b = endOf('b', ['x509'], ['x509'], { clientAuthentication: 'none' });
  const { message: message1 } = beginWith(opening(endOf('a', ['x509'], ['x509'])), offering([2], undefined));
  const { extensions } = serverHelloOf(answered(b, message1).message);
  assert.equal(findExtension(extensions, serverExtension.clientCertificateType), undefined);
});

/** What an honest terminating end-point says, with its ServerHello changed. */
function answerWith(a: Party, b: Party, change: (hello: ServerHello) => ServerHello) {
  const turn1 = opening(a);
  const messages = messagesOf(answered(b, turn1.message).message);
  const message2 = inRecords(edit(messages, message.serverHello, change));
  return () => read(a, turn1.state, message2);
}

const withTypes =
  (client: number | undefined, server: number | undefined) =>
  (hello: ServerHello): ServerHello => ({
    ...hello,
    extensions: [
      ...hello.extensions.filter(({ type }) => type !== 19 && type !== 20),
      ...(client === undefined ? [] : [makeExtension(serverExtension.clientCertificateType, client)]),
      ...(server === undefined ? [] : [makeExtension(serverExtension.serverCertificateType, server)]),
    ],
  });

const wrongAnswers: readonly {
  rule: string;
  a: Party;
  b: Party;
  client: number | undefined;
  server: number | undefined;
  code: FaultCode;
  sentence: RegExp;
}[] = [
  {
    rule: 'server_certificate_type X.509, which was not offered',
    a: endOf('a', ['raw'], ['raw']),
    b: endOf('b', ['raw'], ['raw']),
    client: 2,
    server: 0,
    code: 'PARAMETER_ILLEGAL',
    sentence: /ServerHello\.server_certificate_type was not offered/,
  },
  {
    rule: 'client_certificate_type X.509, which was not offered',
    a: endOf('a', ['raw'], ['raw']),
    b: endOf('b', ['raw'], ['raw']),
    client: 0,
    server: 2,
    code: 'PARAMETER_ILLEGAL',
    sentence: /ServerHello\.client_certificate_type was not offered/,
  },
  {
    rule: 'client_certificate_type, which was not offered at all',
    a: endOf('a', ['x509'], ['x509']),
    b: endOf('b', ['x509'], ['x509']),
    client: 0,
    server: undefined,
    code: 'EXTENSION_UNSOLICITED',
    sentence: /extension 19/,
  },
  {
    rule: 'server_certificate_type, which was not offered at all',
    a: endOf('a', ['x509'], ['x509']),
    b: endOf('b', ['x509'], ['x509']),
    client: undefined,
    server: 2,
    code: 'EXTENSION_UNSOLICITED',
    sentence: /extension 20/,
  },
  {
    rule: 'no server_certificate_type, which is X.509, where the peer is known by its raw public key',
    a: endOf('a', ['raw'], ['raw']),
    b: endOf('b', ['raw'], ['raw']),
    client: 2,
    server: undefined,
    code: 'CERTIFICATE_UNSUPPORTED',
    sentence: /ServerHello\.server_certificate_type: the peer is not known by an X\.509 certificate/,
  },
  {
    rule: 'no client_certificate_type, which is X.509, where we have a raw public key',
    a: endOf('a', ['raw'], ['raw']),
    b: endOf('b', ['raw'], ['raw']),
    client: undefined,
    server: 2,
    code: 'CERTIFICATE_UNSUPPORTED',
    sentence: /ServerHello\.client_certificate_type: we have no credential of the chosen type/,
  },
];

for (const { rule, a, b, client, server, code, sentence } of wrongAnswers)
  test(`message 2 is refused with ${code}: ${rule} (RFC 7250 §4.2)`, () => {
    // Signed by a ServerKeyExchange that covers neither ServerHello's extensions nor the certificate.
    refused(answerWith(a, b, withTypes(client, server)), code, sentence);
  });
