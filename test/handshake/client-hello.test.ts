// Message 1 at the terminating end-point: which ClientHello is answered, with what, and which is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
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
import { edit, find, inRecords, messagesOf, record } from './flights.ts';
import { answer, done, type EndOptions, exported, goOn, terminatingEnd } from './lab.ts';
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
    change: hello => ({ ...hello, cipherSuites: [0xc009, 0xc02f, 0x1301] }),
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
    rule: 'unknown extensions (RFC 8701)',
    change: hello => ({
      ...hello,
      extensions: [{ type: 0x0a0a, data: new Uint8Array(3) }, ...hello.extensions],
    }),
  },
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

test('the record version of ClientHello does not matter (RFC 5246 E.1), its content type and major version do', () => {
  const end = terminatingEnd();
  const [hello] = messagesOf(scriptedInitiating().message1);
  assert.ok(hello);
  for (const version of [0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x03ff])
    answer(end, record('handshake', hello, version));
  for (const version of [0x0200, 0x0403, 0xfefd])
    refused(() => accept(end.profile, record('handshake', hello, version)), 'MESSAGE_MALFORMED', /version/);
});

test('a ClientHello that says one extension twice is refused (RFC 5246 §7.4.1.4)', () => {
  const empty = new Uint8Array();
  const { message1 } = scriptedInitiating({
    clientHello: hello => ({
      ...hello,
      extensions: [
        { type: 0x7a7a, data: empty },
        { type: 0x7b7b, data: empty },
      ],
    }),
  });
  const twice = Buffer.from(Buffer.from(message1).toString('hex').replace('7b7b', '7a7a'), 'hex');
  refused(() => accept(terminatingEnd().profile, twice), 'MESSAGE_MALFORMED', /stands twice/);
});

test('message 1 is one ClientHello and nothing else', () => {
  const { profile } = terminatingEnd();
  const { message1 } = scriptedInitiating();
  const [hello] = messagesOf(message1);
  assert.ok(hello);
  const more = Buffer.concat([hello, hello]);
  refused(
    () => accept(profile, inRecords([hello, hello])),
    'MESSAGE_UNEXPECTED',
    /left over after the flight/,
  );
  refused(() => accept(profile, inRecords([more])), 'MESSAGE_UNEXPECTED', /left over after the flight/);
  const other = edit(
    messagesOf(answer(terminatingEnd(), message1).message),
    message.serverHello,
    value => value,
  );
  refused(
    () => accept(profile, inRecords(other)),
    'MESSAGE_UNEXPECTED',
    /ServerHello where ClientHello is due/,
  );
});

function serverHelloTo(message1: Uint8Array, options?: EndOptions) {
  return find(messagesOf(answer(terminatingEnd(options), message1).message), message.serverHello);
}
