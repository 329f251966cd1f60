// Message 2 at the initiating end-point: a ServerHello that chose from what was offered. What comes after it is in
// parameters.test.ts, who the terminating end-point is in authentication.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suiteById } from '../../src/crypto/suites.ts';
import type { FaultCode } from '../../src/errors.ts';
import { type ExtensionDeclaration, findExtension, makeExtension } from '../../src/wire/codec.ts';
import { clientExtension, exportIndicator, serverExtension } from '../../src/wire/extensions.ts';
import { message, type ServerHello } from '../../src/wire/messages.ts';
import { find, messagesOf } from './flights.ts';
import { begin, cseBEntry, done, type EndOptions, exported, goOn, initiatingEnd, sent } from './lab.ts';
import { refused } from './refused.ts';
import { scriptedTerminating, type TerminatingScript } from './scripted-terminating.ts';

type Change = (hello: ServerHello) => ServerHello;

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
const nothing = new Uint8Array();
const {
  applicationLayerProtocolNegotiation: alpn,
  clientCertificateType,
  ecPointFormats,
  encryptThenMac,
  extendedMasterSecret,
  renegotiationInfo,
  serverCertificateType,
  serverName,
  statusRequest,
} = serverExtension;
const [gcm, ccm8, cbc] = [0xc02b, 0xc0ae, 0xc023].map(suiteById);
assert.ok(gcm && ccm8 && cbc);

interface Refusal {
  readonly rule: string;
  readonly script: TerminatingScript;
  readonly code: FaultCode;
  readonly sentence: RegExp;
  readonly options?: EndOptions;
}

const hellos: readonly Refusal[] = [
  ...[0x0300, 0x0302, 0x0304].map(version => ({
    rule: `version 0x${version.toString(16)} (TS-0003 10.2.1)`,
    script: { serverHello: (hello: ServerHello) => ({ ...hello, version }) },
    code: 'VERSION_UNSUPPORTED' as const,
    sentence: /ServerHello\.version/,
  })),
  {
    rule: 'a suite that was not offered (RFC 5246 §7.4.1.3)',
    script: { suite: gcm },
    options: { suites: [ccm8, cbc] },
    code: 'PARAMETER_ILLEGAL',
    sentence: /ServerHello\.cipherSuite/,
  },
  {
    rule: 'a suite that nobody here knows (RFC 5246 §7.4.1.3)',
    script: { serverHello: hello => ({ ...hello, cipherSuite: 0xc009 }) },
    code: 'PARAMETER_ILLEGAL',
    sentence: /ServerHello\.cipherSuite/,
  },
  {
    rule: 'compression (RFC 5246 §7.4.1.3)',
    script: { serverHello: hello => ({ ...hello, compressionMethod: 1 }) },
    code: 'PARAMETER_ILLEGAL',
    sentence: /ServerHello\.compressionMethod/,
  },
  ...[serverName, statusRequest, encryptThenMac].map(declaration => ({
    rule: `${declaration.name}, which was not offered (RFC 5246 §7.4.1.4)`,
    script: { serverHello: having(declaration, nothing) },
    options: { suites: [gcm] },
    code: 'EXTENSION_UNSOLICITED' as const,
    sentence: new RegExp(`extension ${declaration.type}`),
  })),
  ...[serverCertificateType, clientCertificateType].map(declaration => ({
    rule: `${declaration.name}, which was not offered (RFC 7250 §4.2)`,
    script: { serverHello: having(declaration, 2) },
    code: 'EXTENSION_UNSOLICITED' as const,
    sentence: new RegExp(`extension ${declaration.type}`),
  })),
  ...[
    { name: 'max_fragment_length, which was not offered (RFC 6066 §4)', type: 1, data: [1] },
    { name: 'record_size_limit, which was not offered (RFC 8449 §4)', type: 28, data: [0x40, 0] },
    { name: 'session_ticket, which was not offered (RFC 5077 §3.2)', type: 35, data: [] },
    { name: 'supported_versions, which was not offered (RFC 8446 §4.2.1)', type: 43, data: [3, 4] },
    { name: 'key_share, which was not offered (RFC 8446 §4.2.8)', type: 51, data: [0, 23] },
    { name: 'GREASE, which was not offered (RFC 8701 §3.1)', type: 0x0a0a, data: [] },
  ].map(({ name, type, data }) => ({
    rule: name,
    script: {
      serverHello: (hello: ServerHello) => ({
        ...hello,
        extensions: [...hello.extensions, { type, data: Uint8Array.from(data) }],
      }),
    },
    code: 'EXTENSION_UNSOLICITED' as const,
    sentence: new RegExp(`extension ${type}`),
  })),
  {
    rule: 'signature_algorithms, which are for ClientHello (RFC 5246 §7.4.1.4.1)',
    script: {
      serverHello: hello => ({
        ...hello,
        extensions: [...hello.extensions, makeExtension(clientExtension.signatureAlgorithms, [0x0403])],
      }),
    },
    code: 'PARAMETER_ILLEGAL',
    sentence: /signature_algorithms/,
  },
  {
    rule: 'supported_groups, which are for ClientHello (RFC 8422 §5.1.1)',
    script: {
      serverHello: hello => ({
        ...hello,
        extensions: [...hello.extensions, makeExtension(clientExtension.supportedGroups, [23])],
      }),
    },
    code: 'PARAMETER_ILLEGAL',
    sentence: /supported_groups/,
  },
  {
    rule: 'no renegotiation_info (RFC 5746 §3.4)',
    script: { serverHello: without(renegotiationInfo) },
    code: 'RENEGOTIATION_INFO_INVALID',
    sentence: /does not answer renegotiation_info/,
  },
  {
    rule: 'a renegotiation_info that is not empty (RFC 5746 §3.4)',
    script: { serverHello: having(renegotiationInfo, new Uint8Array(24)) },
    code: 'RENEGOTIATION_INFO_INVALID',
    sentence: /ServerHello\.renegotiation_info is not empty/,
  },
  {
    rule: 'no extended_master_secret (RFC 7627)',
    script: { serverHello: without(extendedMasterSecret) },
    code: 'EXTENDED_MASTER_SECRET_MISSING',
    sentence: /ServerHello does not answer extended_master_secret/,
  },
  {
    rule: 'point formats without uncompressed (RFC 8422 §5.2)',
    script: { serverHello: having(ecPointFormats, [1]) },
    code: 'PARAMETER_ILLEGAL',
    sentence: /ServerHello\.ec_point_formats/,
  },
  ...[gcm, ccm8].map(suite => ({
    rule: `encrypt_then_mac with ${suite.name} (RFC 7366 §3)`,
    script: { suite, serverHello: having(encryptThenMac, nothing) },
    code: 'PARAMETER_ILLEGAL' as const,
    sentence: /encrypt_then_mac with an AEAD suite/,
  })),
  ...[[ascii('h2')], [exportIndicator, ascii('h2')], [exportIndicator, exportIndicator]].map(protocols => ({
    rule: `the application protocols ${protocols.map(name => Buffer.from(name).toString()).join(' and ')} (RFC 7301 §3.1)`,
    script: { serverHello: having(alpn, protocols) },
    code: 'PARAMETER_ILLEGAL' as const,
    sentence: /application protocol/,
  })),
  {
    rule: 'no export indicator where the profile requires it (TS-0003 Table 8.7.2.2-1)',
    script: { serverHello: without(alpn) },
    options: { requireExportIndicator: true },
    code: 'EXPORT_INDICATOR_MISSING',
    sentence: /missing and required/,
  },
  {
    rule: "no export indicator where the peer's entry requires it (TS-0003 Table 8.7.2.2-1)",
    script: { serverHello: without(alpn) },
    options: { entry: { ...cseBEntry, exportIndicator: 'required' } },
    code: 'EXPORT_INDICATOR_MISSING',
    sentence: /missing and required/,
  },
];

for (const { rule, script, code, sentence, options } of hellos)
  test(`message 2 is refused with ${code}: ${rule}`, () => {
    const end = initiatingEnd(options);
    const turn1 = begin(end, { encryptThenMac: true });
    const { message2 } = scriptedTerminating(turn1.message, script);
    refused(() => goOn(end, turn1.state, message2), code, sentence);
  });

const acceptances: readonly {
  rule: string;
  script: TerminatingScript;
  exportIndicator?: boolean;
  options?: EndOptions;
}[] = [
  {
    rule: 'an answer to server_name (RFC 6066 §3)',
    script: { serverHello: having(serverName, nothing) },
    options: { serverName: 'cse-b.m2m.example.com' },
  },
  {
    rule: 'a session id (RFC 5246 §7.4.1.3)',
    script: { serverHello: hello => ({ ...hello, sessionId: new Uint8Array(32).fill(7) }) },
  },
  { rule: 'more point formats', script: { serverHello: having(ecPointFormats, [2, 0]) } },
  { rule: 'no application protocol', script: { serverHello: without(alpn) }, exportIndicator: false },
  { rule: 'the last suite of ours', script: { suite: cbc } },
  {
    rule: 'named authorities, which do not matter',
    script: { request: request => ({ ...request, authorities: [Uint8Array.of(0x30, 0)] }) },
  },
  {
    rule: 'more types and schemes than we have',
    script: {
      request: request => ({ ...request, certificateTypes: [1, 64], signatureSchemes: [0x0401, 0x0403] }),
    },
  },
];

for (const { rule, script, exportIndicator: indicated = true, options } of acceptances)
  test(`message 2 is accepted, and both ends export the same key: ${rule}`, () => {
    const end = initiatingEnd(options);
    const turn1 = begin(end, { encryptThenMac: true });
    const scripted = scriptedTerminating(turn1.message, script);
    const turn3 = sent(goOn(end, turn1.state, scripted.message2));
    const { message4, exported: theirs } = scripted.answer(turn3.message);
    const { session } = done(goOn(end, turn3.state, message4));
    assert.deepEqual(exported(session), Buffer.from(theirs));
    assert.equal(session.exportIndicator, indicated);
  });

test('ServerHello that says one extension twice is refused (RFC 5246 §7.4.1.4)', () => {
  const end = initiatingEnd();
  const turn1 = begin(end, { encryptThenMac: true });
  const message2 = Buffer.from(scriptedTerminating(turn1.message).message2);
  const [first, second] = ['00170000', 'ff01000100'];
  const hex = message2.toString('hex');
  assert.ok(hex.includes(first) && hex.includes(second));
  // In the place of renegotiation_info stands extended_master_secret once more.
  const twice = Buffer.from(hex.replace(second, '0017000100'), 'hex');
  refused(() => goOn(end, turn1.state, twice), 'MESSAGE_MALFORMED', /stands twice/);
});

test('server_name is the name that the profile has, as a host name (RFC 6066 §3)', () => {
  const named = (options: EndOptions) => {
    const { message: message1 } = begin(initiatingEnd(options), { encryptThenMac: true });
    return findExtension(
      find(messagesOf(message1), message.clientHello).extensions,
      clientExtension.serverName,
    );
  };
  const names = named({ serverName: 'cse-b.m2m.example.com' });
  assert.deepEqual(
    names?.map(({ nameType, name }) => [nameType, Buffer.from(name).toString()]),
    [[0, 'cse-b.m2m.example.com']],
  );
  assert.equal(named({}), undefined);
});

test('encrypt_then_mac is offered where a suite has a place for it (RFC 7366 §2)', () => {
  const offered = (suites: NonNullable<EndOptions['suites']>) => {
    const { message: message1 } = begin(initiatingEnd({ suites }), { encryptThenMac: true });
    const { extensions } = find(messagesOf(message1), message.clientHello);
    return findExtension(extensions, clientExtension.encryptThenMac) !== undefined;
  };
  assert.deepEqual(
    [
      [gcm, ccm8],
      [gcm, cbc],
    ].map(offered),
    [false, true],
  );
});
