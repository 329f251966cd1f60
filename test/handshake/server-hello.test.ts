// Message 2 at the initiating end-point: a ServerHello that chose from what was offered, the parameters of the
// messages after it, and the points of both ephemeral keys. Who the terminating end-point is, is in authentication.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suiteById } from '../../src/crypto/suites.ts';
import type { FaultCode } from '../../src/errors.ts';
import { type ExtensionDeclaration, makeExtension } from '../../src/wire/codec.ts';
import { clientExtension, exportIndicator, serverExtension } from '../../src/wire/extensions.ts';
import type { ServerHello } from '../../src/wire/messages.ts';
import {
  answer,
  begin,
  cseBEntry,
  done,
  type EndOptions,
  exported,
  goOn,
  initiatingEnd,
  sent,
  terminatingEnd,
} from './lab.ts';
import { refused } from './refused.ts';
import { scriptedInitiating } from './scripted-initiating.ts';
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
    script: { serverHello: hello => ({ ...hello, cipherSuite: 0xc02c }) },
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
  {
    rule: 'session_ticket, which was not offered (RFC 5077 §3.2)',
    script: {
      serverHello: hello => ({ ...hello, extensions: [...hello.extensions, { type: 35, data: nothing }] }),
    },
    code: 'EXTENSION_UNSOLICITED',
    sentence: /extension 35/,
  },
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

const points: readonly { form: string; point: (point: Uint8Array) => Uint8Array }[] = [
  {
    form: 'compressed',
    point: point => Buffer.concat([Uint8Array.of(2 + ((point[64] ?? 0) & 1)), point.subarray(1, 33)]),
  },
  {
    form: 'hybrid',
    point: point => Buffer.concat([Uint8Array.of(6 + ((point[64] ?? 0) & 1)), point.subarray(1)]),
  },
  { form: 'off the curve', point: point => point.with(64, (point[64] ?? 0) ^ 1) },
  { form: 'at infinity', point: () => Uint8Array.of(0) },
  { form: 'at the origin', point: () => new Uint8Array(65).with(0, 4) },
  { form: 'beyond the field', point: () => new Uint8Array(65).fill(0xff).with(0, 4) },
  { form: 'one byte short', point: point => point.subarray(0, 64) },
  { form: 'one byte long', point: point => Buffer.concat([point, Uint8Array.of(0)]) },
];

const parameters: readonly Refusal[] = [
  {
    rule: 'a group that was not offered (RFC 8422 §5.4)',
    script: { parameters: value => ({ ...value, group: 24 }) },
    code: 'PARAMETER_ILLEGAL',
    sentence: /group 24/,
  },
  ...points.map(({ form, point }) => ({
    rule: `a point that is ${form} (RFC 8422 §5.11)`,
    script: {
      parameters: (value: Parameters<NonNullable<TerminatingScript['parameters']>>[0]) => ({
        ...value,
        point: point(Uint8Array.from(value.point)),
      }),
    },
    code: 'PARAMETER_ILLEGAL' as const,
    sentence: /ephemeral public key/,
  })),
  ...[0x0203, 0x0503, 0x0401, 0x0804].map(scheme => ({
    rule: `ServerKeyExchange under scheme 0x${scheme.toString(16)}, which was not offered (RFC 5246 §7.4.3)`,
    script: { signed: (signed: { signature: Uint8Array }) => ({ ...signed, scheme }) },
    code: 'PARAMETER_ILLEGAL' as const,
    sentence: /ServerKeyExchange is signed with a scheme that was not offered/,
  })),
  {
    rule: 'a CertificateRequest for other certificates than ours (RFC 5246 §7.4.4)',
    script: { request: request => ({ ...request, certificateTypes: [1, 2] }) },
    code: 'NOTHING_IN_COMMON',
    sentence: /CertificateRequest\.certificateTypes/,
  },
  {
    rule: 'a CertificateRequest for signatures that our key cannot make (RFC 5246 §7.4.4)',
    script: { request: request => ({ ...request, signatureSchemes: [0x0203, 0x0401] }) },
    code: 'NOTHING_IN_COMMON',
    sentence: /CertificateRequest\.signatureSchemes/,
  },
];

for (const { rule, script, code, sentence, options } of [...hellos, ...parameters])
  test(`message 2 is refused with ${code}: ${rule}`, () => {
    const end = initiatingEnd(options);
    const turn1 = begin(end, { encryptThenMac: true });
    const { message2 } = scriptedTerminating(turn1.message, script);
    refused(() => goOn(end, turn1.state, message2), code, sentence);
  });

const acceptances: readonly { rule: string; script: TerminatingScript; exportIndicator?: boolean }[] = [
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

for (const { rule, script, exportIndicator: indicated = true } of acceptances)
  test(`message 2 is accepted, and both ends export the same key: ${rule}`, () => {
    const end = initiatingEnd();
    const turn1 = begin(end, { encryptThenMac: true });
    const scripted = scriptedTerminating(turn1.message, script);
    const turn3 = sent(goOn(end, turn1.state, scripted.message2));
    const { message4, exported: theirs } = scripted.answer(turn3.message);
    const { session } = done(goOn(end, turn3.state, message4));
    assert.deepEqual(exported(session), Buffer.from(theirs));
    assert.equal(session.exportIndicator, indicated);
  });

for (const { form, point } of points)
  test(`message 3 is refused with PARAMETER_ILLEGAL: a point that is ${form} (RFC 8422 §5.11)`, () => {
    const end = terminatingEnd();
    const scripted = scriptedInitiating({ point });
    const turn2 = answer(end, scripted.message1);
    const { message3 } = scripted.answer(turn2.message);
    refused(() => goOn(end, turn2.state, message3), 'PARAMETER_ILLEGAL', /ephemeral public key/);
  });
