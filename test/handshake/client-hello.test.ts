// Message 1 at the terminating end-point: which ClientHello is answered, with what, and which is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupByName } from '../../src/crypto/key-exchange.ts';
import { suiteById } from '../../src/crypto/suites.ts';
import type { FaultCode } from '../../src/errors.ts';
import { accept } from '../../src/handshake/handshake.ts';
import {
  type Extension,
  type ExtensionDeclaration,
  findExtension,
  makeExtension,
} from '../../src/wire/codec.ts';
import { clientExtension, exportIndicator, serverExtension } from '../../src/wire/extensions.ts';
import { type ClientHello, message } from '../../src/wire/messages.ts';
import { emptyRenegotiationInfoScsv } from '../../src/wire/numbers.ts';
import { find, messagesOf } from './flights.ts';
import { answer, done, type EndOptions, exported, goOn, terminatingEnd } from './lab.ts';
import { answered, terminatingHolder } from './parties.ts';
import { refused } from './refused.ts';
import { scriptedInitiating } from './scripted-initiating.ts';

type Change = (hello: ClientHello) => ClientHello;

const without =
  ({ type }: ExtensionDeclaration<unknown>): Change =>
  hello => ({ ...hello, extensions: hello.extensions.filter(extension => extension.type !== type) });
const having =
  <T>(declaration: ExtensionDeclaration<T>, body: T): Change =>
  hello => ({
    ...hello,
    extensions: [...without(declaration)(hello).extensions, makeExtension(declaration, body)],
  });
const ascii = (text: string) => Buffer.from(text, 'ascii');
const {
  applicationLayerProtocolNegotiation: alpn,
  clientCertificateType,
  ecPointFormats,
  encryptThenMac,
  extendedMasterSecret,
  renegotiationInfo,
  serverCertificateType,
  serverName,
  signatureAlgorithms,
  supportedGroups,
} = clientExtension;

const refusals: readonly {
  rule: string;
  change: Change;
  code: FaultCode;
  sentence: RegExp;
  options?: EndOptions;
}[] = [
  {
    rule: 'a version below TLS 1.2 (TS-0003 10.2.1)',
    change: hello => ({ ...hello, version: 0x0302 }),
    code: 'VERSION_UNSUPPORTED',
    sentence: /ClientHello\.version is 0x302/,
  },
  {
    rule: 'no cipher suite that is allowed here (TS-0003 10.2.3)',
    change: hello => ({ ...hello, cipherSuites: [0xc009, 0xc013, 0x1301] }),
    code: 'NOTHING_IN_COMMON',
    sentence: /ClientHello\.cipherSuites/,
  },
  {
    rule: 'compression without the null method (RFC 5246 §7.4.1.2)',
    change: hello => ({ ...hello, compressionMethods: [1] }),
    code: 'PARAMETER_ILLEGAL',
    sentence: /ClientHello\.compressionMethods/,
  },
  {
    rule: 'a renegotiation_info that is not empty (RFC 5746 §3.6)',
    change: having(renegotiationInfo, new Uint8Array(12)),
    code: 'RENEGOTIATION_INFO_INVALID',
    sentence: /ClientHello\.renegotiation_info/,
  },
  {
    rule: 'no extended_master_secret (RFC 7627)',
    change: without(extendedMasterSecret),
    code: 'EXTENDED_MASTER_SECRET_MISSING',
    sentence: /ClientHello does not offer extended_master_secret/,
  },
  {
    rule: 'no extensions at all (RFC 7627)',
    change: hello => ({ ...hello, extensions: [] }),
    code: 'EXTENDED_MASTER_SECRET_MISSING',
    sentence: /extended_master_secret/,
  },
  {
    rule: 'groups without secp256r1 (TS-0003 10.1.1.1)',
    change: having(supportedGroups, [29, 24]),
    code: 'NOTHING_IN_COMMON',
    sentence: /ClientHello\.supported_groups/,
  },
  {
    rule: 'point formats without uncompressed (RFC 8422 §5.1.2)',
    change: having(ecPointFormats, [1, 2]),
    code: 'PARAMETER_ILLEGAL',
    sentence: /ClientHello\.ec_point_formats/,
  },
  {
    rule: 'server certificate types without X509 (RFC 7250 §4.2)',
    change: having(serverCertificateType, [2]),
    code: 'CERTIFICATE_UNSUPPORTED',
    sentence: /ClientHello\.server_certificate_type/,
  },
  {
    rule: 'client certificate types without X509 (RFC 7250 §4.2)',
    change: having(clientCertificateType, [2]),
    code: 'CERTIFICATE_UNSUPPORTED',
    sentence: /ClientHello\.client_certificate_type/,
  },
  {
    rule: 'no signature_algorithms, which means SHA-1 (RFC 5246 §7.4.1.4.1)',
    change: without(signatureAlgorithms),
    code: 'NOTHING_IN_COMMON',
    sentence: /ClientHello\.signature_algorithms/,
  },
  {
    rule: 'signature algorithms that our key cannot make (RFC 5246 §7.4.1.4.1)',
    change: having(signatureAlgorithms, [0x0203, 0x0401, 0x0503]),
    code: 'NOTHING_IN_COMMON',
    sentence: /ClientHello\.signature_algorithms/,
  },
  {
    rule: 'application protocols without the export indicator (RFC 7301 §3.2)',
    change: having(alpn, [
      ascii('h2'),
      ascii('onem2m-e2eke'),
      ascii('onem2m-e2ekey2'),
      ascii('ONEM2M-E2EKEY'),
    ]),
    code: 'NO_APPLICATION_PROTOCOL',
    sentence: /onem2m-e2ekey/,
  },
  {
    rule: 'two host names (RFC 6066 §3)',
    change: having(serverName, [
      { nameType: 0, name: ascii('cse-b.m2m.example.com') },
      { nameType: 0, name: ascii('cse-c.m2m.example.com') },
    ]),
    code: 'PARAMETER_ILLEGAL',
    sentence: /ClientHello\.server_name holds two names of one type/,
  },
  {
    rule: 'no export indicator where the profile requires it (TS-0003 Table 8.7.2.2-1)',
    change: without(alpn),
    code: 'EXPORT_INDICATOR_MISSING',
    sentence: /missing and required/,
    options: { requireExportIndicator: true },
  },
];

for (const { rule, change, code, sentence, options } of refusals)
  test(`ClientHello is refused with ${code}: ${rule}`, () => {
    const { message1 } = scriptedInitiating({ clientHello: change });
    refused(() => accept(terminatingEnd(options).profile, message1), code, sentence);
  });

const acceptances: readonly {
  rule: string;
  change: Change;
  exportIndicator?: boolean;
  options?: EndOptions;
}[] = [
  { rule: 'as it is', change: hello => hello, options: { requireExportIndicator: true } },
  { rule: 'a later version is offered (RFC 5246 E.1)', change: hello => ({ ...hello, version: 0x0304 }) },
  {
    rule: 'other compression is offered as well',
    change: hello => ({ ...hello, compressionMethods: [1, 0] }),
  },
  {
    rule: 'a session to resume is named: a new one is made',
    change: hello => ({ ...hello, sessionId: new Uint8Array(32) }),
  },
  { rule: 'no supported_groups: the choice is free (RFC 8422 §4)', change: without(supportedGroups) },
  { rule: 'no ec_point_formats', change: without(ecPointFormats) },
  { rule: 'more point formats', change: having(ecPointFormats, [2, 1, 0]) },
  { rule: 'more certificate types', change: having(serverCertificateType, [2, 0]) },
  { rule: 'no renegotiation_info', change: without(renegotiationInfo) },
  {
    rule: 'encrypt_then_mac beside an AEAD suite (RFC 7366 §3)',
    change: having(encryptThenMac, new Uint8Array()),
  },
  { rule: 'the indicator among other protocols', change: having(alpn, [ascii('h2'), exportIndicator]) },
  { rule: 'no application protocols', change: without(alpn), exportIndicator: false },
  {
    rule: 'names of two types, whatever they are (RFC 6066 §3)',
    change: having(serverName, [
      { nameType: 0, name: ascii('nobody.example.com') },
      { nameType: 7, name: ascii('nobody.example.com') },
    ]),
  },
  {
    rule: 'GREASE among the suites, and a suite of TLS 1.3 (RFC 8701)',
    change: hello => ({ ...hello, cipherSuites: [0x0a0a, 0x1301, ...hello.cipherSuites, 0xfafa] }),
  },
  { rule: 'GREASE among the groups (RFC 8701)', change: having(supportedGroups, [0x2a2a, 23, 0xdada]) },
  {
    rule: 'GREASE among the signature algorithms (RFC 8701)',
    change: having(signatureAlgorithms, [0x3a3a, 0x0403, 0xcaca]),
  },
  { rule: 'unknown point formats', change: having(ecPointFormats, [0x4a, 0, 0xba]) },
  {
    rule: 'GREASE among the application protocols (RFC 8701)',
    change: having(alpn, [Uint8Array.of(0x5a, 0x5a), exportIndicator]),
  },
  ...[
    { name: 'GREASE (RFC 8701)', type: 0x0a0a, data: [1, 2, 3] },
    { name: 'max_fragment_length (RFC 6066 §4)', type: 1, data: [1] },
    { name: 'record_size_limit (RFC 8449 §4)', type: 28, data: [0, 64] },
    { name: 'session_ticket (RFC 5077 §3.2)', type: 35, data: [] },
    { name: 'session_ticket with a ticket (RFC 5077 §3.2)', type: 35, data: Array(32).fill(7) },
    { name: 'supported_versions (RFC 8446 §4.2.1)', type: 43, data: [4, 3, 4, 3, 3] },
    { name: 'psk_key_exchange_modes (RFC 8446 §4.2.9)', type: 45, data: [1, 1] },
    { name: 'key_share (RFC 8446 §4.2.8)', type: 51, data: [0, 0] },
    { name: 'status_request_v2 (RFC 6961)', type: 17, data: [0, 0] },
  ].map(({ name, type, data }) => ({
    rule: `${name} is passed over`,
    change: (hello: ClientHello) => ({
      ...hello,
      extensions: [{ type, data: Uint8Array.from(data) }, ...hello.extensions],
    }),
  })),
];

for (const { rule, change, exportIndicator: indicated = true, options } of acceptances)
  test(`ClientHello is answered, and both ends export the same key: ${rule}`, () => {
    const end = terminatingEnd(options);
    const scripted = scriptedInitiating({ clientHello: change });
    const turn2 = answer(end, scripted.message1);
    const { message3, exported: theirs } = scripted.answer(turn2.message);
    const { session } = done(goOn(end, turn2.state, message3));
    assert.deepEqual(exported(session), Buffer.from(theirs));
    assert.equal(session.exportIndicator, indicated);
  });

test('ServerHello answers no extension that was not offered (RFC 5246 §7.4.1.4)', () => {
  for (const { change } of acceptances) {
    const { message1 } = scriptedInitiating({ clientHello: change });
    const offered = find(messagesOf(message1), message.clientHello).extensions.map(({ type }) => type);
    for (const { type } of serverHelloTo(message1).extensions)
      assert.ok(offered.includes(type), `extension ${type}`);
  }
});

test('a renegotiation cipher suite value stands for an empty renegotiation_info (RFC 5746 §3.6)', () => {
  const scsv: Change = hello => ({
    ...without(renegotiationInfo)(hello),
    cipherSuites: [...hello.cipherSuites, emptyRenegotiationInfoScsv],
  });
  const answered = ({ extensions }: { extensions: readonly Extension[] }) =>
    findExtension(extensions, serverExtension.renegotiationInfo);
  assert.deepEqual(answered(serverHelloTo(scriptedInitiating({ clientHello: scsv }).message1))?.length, 0);
  const { message1 } = scriptedInitiating({ clientHello: without(renegotiationInfo) });
  assert.equal(answered(serverHelloTo(message1)), undefined);
});

test('encrypt_then_mac is answered with a CBC suite only (RFC 7366 §3)', () => {
  const { message1 } = scriptedInitiating({ clientHello: having(encryptThenMac, new Uint8Array()) });
  const answered = [0xc02b, 0xc0ae, 0xc023].map(id => {
    const suite = suiteById(id);
    assert.ok(suite);
    const { extensions } = serverHelloTo(message1, { suites: [suite] });
    return findExtension(extensions, serverExtension.encryptThenMac) !== undefined;
  });
  assert.deepEqual(answered, [false, false, true]);
});

test("ServerHello's random is the terminating end-point's own (RFC 5246 §7.4.1.3)", () => {
  const { message1 } = scriptedInitiating();
  const { random } = find(messagesOf(message1), message.clientHello);
  assert.notDeepEqual(serverHelloTo(message1).random, random);
});

test('ServerHello resumes nothing: it names no session, whatever ClientHello names (RFC 5246 §7.4.1.3)', () => {
  const { message1 } = scriptedInitiating({
    clientHello: hello => ({ ...hello, sessionId: new Uint8Array(32).fill(7) }),
  });
  assert.equal(serverHelloTo(message1).sessionId.length, 0);
});

test('the group is one that ClientHello lists, also where another is better here (RFC 8422 §5.1.1)', () => {
  const { message1 } = scriptedInitiating({ clientHello: having(supportedGroups, [24, 23]) });
  const end = terminatingEnd({
    groups: ['x25519', 'secp256r1'].map(name => groupByName(name) ?? assert.fail()),
  });
  const { state } = answer(end, message1);
  assert.equal('negotiated' in state && state.negotiated.group?.name, 'secp256r1');
});

test('ClientHello needs neither groups nor algorithms that the suite has no use for (RFC 8422 §4)', () => {
  const { message1 } = scriptedInitiating({
    clientHello: hello => {
      let least: ClientHello = { ...hello, cipherSuites: [0x00a8] };
      for (const extension of [supportedGroups, ecPointFormats, signatureAlgorithms])
        least = without(extension)(least);
      return least;
    },
  });
  const { message: message2 } = answered(terminatingHolder(), message1);
  assert.equal(find(messagesOf(message2), message.serverHello).cipherSuite, 0x00a8);
});

test('point formats without uncompressed do not matter where there is no point (RFC 8422 §5.1.2)', () => {
  const { message1 } = scriptedInitiating({ clientHello: having(ecPointFormats, [1]) });
  const { message: message2 } = answered(
    terminatingHolder({ suites: [suiteById(0x00a8) ?? assert.fail()] }),
    message1,
  );
  assert.equal(find(messagesOf(message2), message.serverHello).cipherSuite, 0x00a8);
});

function serverHelloTo(message1: Uint8Array, options?: EndOptions) {
  return find(messagesOf(answer(terminatingEnd(options), message1).message), message.serverHello);
}
