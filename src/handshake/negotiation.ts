// The two hellos: what we offer, what the terminating end-point chooses, and whether the choice is one of
// those offered. Extensions are answered only if they were offered (RFC 5246 §7.4.1.4).

import type { Randoms } from '../crypto/key-schedule.ts';
import { type Suite, suiteById } from '../crypto/suites.ts';
import { refuse } from '../errors.ts';
import { type Extension, type ExtensionDeclaration, findExtension, makeExtension } from '../wire/codec.ts';
import { clientExtension, exportIndicator, serverExtension } from '../wire/extensions.ts';
import type { ClientHello, ServerHello } from '../wire/messages.ts';
import { emptyRenegotiationInfoScsv, tls12 } from '../wire/numbers.ts';
import type { Profile } from './profile.ts';

/** What both hellos together settle. */
export interface Negotiated {
  readonly suite: Suite;
  /** RFC 7366; only ever true for a CBC suite. */
  readonly encryptThenMac: boolean;
  /** Both hellos carried the indicator to export pairwiseE2EKey (TS-0003 Table 8.7.2.2-1; ALPN `onem2m-e2ekey`). */
  readonly exportIndicator: boolean;
  /** Copies: a message that was read is a view of a buffer that somebody may use again. */
  readonly randoms: Randoms;
}

const uncompressed = 0;
const nullCompression = 0;
const x509 = 0;
const nothing = new Uint8Array();

export function offer(profile: Profile): ClientHello {
  const extensions: Extension[] = [
    makeExtension(clientExtension.renegotiationInfo, nothing),
    makeExtension(clientExtension.supportedGroups, profile.groups),
    makeExtension(clientExtension.ecPointFormats, [uncompressed]),
    makeExtension(clientExtension.signatureAlgorithms, profile.signatureSchemes),
    makeExtension(clientExtension.applicationLayerProtocolNegotiation, [exportIndicator]),
    makeExtension(clientExtension.extendedMasterSecret, nothing),
  ];
  if (profile.suites.some(({ protection }) => protection.kind === 'cbc'))
    extensions.push(makeExtension(clientExtension.encryptThenMac, nothing));
  if (profile.serverName !== null)
    extensions.unshift(
      makeExtension(clientExtension.serverName, [
        { nameType: 0, name: Buffer.from(profile.serverName, 'ascii') },
      ]),
    );
  return {
    version: tls12,
    random: profile.random(32),
    sessionId: nothing,
    cipherSuites: profile.suites.map(({ id }) => id),
    compressionMethods: [nullCompression],
    extensions,
  };
}

/** The terminating end-point's choice among what ClientHello offers, and the ServerHello that says so. */
export function choose(
  profile: Profile,
  hello: ClientHello,
): { negotiated: Negotiated; scheme: number; serverHello: ServerHello } {
  const { extensions } = hello;
  if (hello.version < tls12)
    refuse(
      'VERSION_UNSUPPORTED',
      `ClientHello.version is 0x${hello.version.toString(16)}; E2EKey is TLS 1.2 (TS-0003 10.2.1)`,
    );
  if (!hello.compressionMethods.includes(nullCompression))
    refuse('PARAMETER_ILLEGAL', 'ClientHello.compressionMethods lacks null (RFC 5246 §7.4.1.2)');
  checkRenegotiationInfo(findExtension(extensions, clientExtension.renegotiationInfo), 'ClientHello');
  if (findExtension(extensions, clientExtension.extendedMasterSecret) === undefined)
    refuse(
      'EXTENDED_MASTER_SECRET_MISSING',
      'ClientHello does not offer extended_master_secret (RFC 7627), without which no key is exported',
    );
  const suite =
    profile.suites.find(({ id }) => hello.cipherSuites.includes(id)) ??
    refuse('NOTHING_IN_COMMON', 'ClientHello.cipherSuites has none that is allowed here (TS-0003 10.2.3)');
  checkCurve(profile, extensions);
  checkCertificateTypes(extensions);
  const offeredSchemes = findExtension(extensions, clientExtension.signatureAlgorithms) ?? [];
  const scheme =
    profile.credential.schemes.find(
      id => profile.signatureSchemes.includes(id) && offeredSchemes.includes(id),
    ) ?? refuse('NOTHING_IN_COMMON', 'ClientHello.signature_algorithms has none that our key can make');

  const indicator = chooseExportIndicator(profile, extensions);
  const encryptThenMac =
    suite.protection.kind === 'cbc' &&
    findExtension(extensions, clientExtension.encryptThenMac) !== undefined;
  const random = profile.random(32);
  const answered: Extension[] = [makeExtension(serverExtension.extendedMasterSecret, nothing)];
  const secureRenegotiation =
    findExtension(extensions, clientExtension.renegotiationInfo) !== undefined ||
    hello.cipherSuites.includes(emptyRenegotiationInfoScsv);
  if (secureRenegotiation) answered.push(makeExtension(serverExtension.renegotiationInfo, nothing));
  if (findExtension(extensions, clientExtension.ecPointFormats) !== undefined)
    answered.push(makeExtension(serverExtension.ecPointFormats, [uncompressed]));
  if (indicator)
    answered.push(makeExtension(serverExtension.applicationLayerProtocolNegotiation, [exportIndicator]));
  if (encryptThenMac) answered.push(makeExtension(serverExtension.encryptThenMac, nothing));
  return {
    negotiated: {
      suite,
      encryptThenMac,
      exportIndicator: indicator,
      randoms: { client: Uint8Array.from(hello.random), server: random },
    },
    scheme,
    serverHello: {
      version: tls12,
      random,
      sessionId: nothing,
      cipherSuite: suite.id,
      compressionMethod: nullCompression,
      extensions: answered,
    },
  };
}

/** The initiating end-point's check that ServerHello chose from what ClientHello offered, and nothing else. */
export function check(profile: Profile, offered: ClientHello, hello: ServerHello): Negotiated {
  const { extensions } = hello;
  if (hello.version !== tls12)
    refuse(
      'VERSION_UNSUPPORTED',
      `ServerHello.version is 0x${hello.version.toString(16)}; E2EKey is TLS 1.2 (TS-0003 10.2.1)`,
    );
  const suite = offered.cipherSuites.includes(hello.cipherSuite) ? suiteById(hello.cipherSuite) : undefined;
  if (suite === undefined) return refuse('PARAMETER_ILLEGAL', 'ServerHello.cipherSuite was not offered');
  if (hello.compressionMethod !== nullCompression)
    refuse('PARAMETER_ILLEGAL', 'ServerHello.compressionMethod was not offered');
  const unsolicited = extensions.find(
    ({ type }) => !offered.extensions.some(extension => extension.type === type),
  );
  if (unsolicited)
    refuse('EXTENSION_UNSOLICITED', `ServerHello has extension ${unsolicited.type}, which was not offered`);
  if (extensions.some(({ type }) => type === clientExtension.signatureAlgorithms.type))
    refuse(
      'PARAMETER_ILLEGAL',
      'ServerHello has signature_algorithms, which is only for ClientHello (RFC 5246 §7.4.1.4.1)',
    );
  const renegotiationInfo = findExtension(extensions, serverExtension.renegotiationInfo);
  if (renegotiationInfo === undefined)
    refuse('RENEGOTIATION_INFO_INVALID', 'ServerHello does not answer renegotiation_info (RFC 5746 §3.4)');
  checkRenegotiationInfo(renegotiationInfo, 'ServerHello');
  if (findExtension(extensions, serverExtension.extendedMasterSecret) === undefined)
    refuse(
      'EXTENDED_MASTER_SECRET_MISSING',
      'ServerHello does not answer extended_master_secret (RFC 7627), without which no key is exported',
    );
  const formats = findExtension(extensions, serverExtension.ecPointFormats);
  if (formats && !formats.includes(uncompressed))
    refuse('PARAMETER_ILLEGAL', 'ServerHello.ec_point_formats lacks uncompressed (RFC 8422 §5.2)');
  const encryptThenMac = findExtension(extensions, serverExtension.encryptThenMac) !== undefined;
  if (encryptThenMac && suite.protection.kind === 'aead')
    refuse('PARAMETER_ILLEGAL', 'ServerHello answers encrypt_then_mac with an AEAD suite (RFC 7366 §3)');
  return {
    suite,
    encryptThenMac,
    exportIndicator: checkExportIndicator(profile, extensions),
    randoms: { client: Uint8Array.from(offered.random), server: Uint8Array.from(hello.random) },
  };
}

/** RFC 5746 §3.4, §3.6: empty in the first handshake of a connection, and there is no other here. */
function checkRenegotiationInfo(info: Uint8Array | undefined, hello: string): void {
  if (info !== undefined && info.length > 0)
    refuse(
      'RENEGOTIATION_INFO_INVALID',
      `${hello}.renegotiation_info is not empty in a first handshake (RFC 5746)`,
    );
}

function checkCurve(profile: Profile, extensions: readonly Extension[]): void {
  const groups = findExtension(extensions, clientExtension.supportedGroups);
  // RFC 8422 §4: without the extension the choice is free.
  if (groups && !groups.some(group => profile.groups.includes(group)))
    refuse('NOTHING_IN_COMMON', 'ClientHello.supported_groups lacks secp256r1 (TS-0003 10.1.1.1)');
  const formats = findExtension(extensions, clientExtension.ecPointFormats);
  if (formats && !formats.includes(uncompressed))
    refuse('PARAMETER_ILLEGAL', 'ClientHello.ec_point_formats lacks uncompressed (RFC 8422 §5.1.2)');
}

/** RFC 7250 §4.2: lists of certificate types, each of which must hold one that we can give or take. */
function checkCertificateTypes(extensions: readonly Extension[]): void {
  for (const declaration of [clientExtension.serverCertificateType, clientExtension.clientCertificateType]) {
    const types = findExtension(extensions, declaration);
    if (types && !types.includes(x509))
      refuse('CERTIFICATE_UNSUPPORTED', `ClientHello.${declaration.name} lacks X509`);
  }
}

function chooseExportIndicator(profile: Profile, extensions: readonly Extension[]): boolean {
  const offered = protocols(extensions, clientExtension.applicationLayerProtocolNegotiation);
  if (offered && !offered.includes(indicatorName))
    refuse('NO_APPLICATION_PROTOCOL', `ClientHello offers application protocols, but not ${indicatorName}`);
  return requireExportIndicator(profile.requireExportIndicator, offered !== undefined);
}

function checkExportIndicator(profile: Profile, extensions: readonly Extension[]): boolean {
  const chosen = protocols(extensions, serverExtension.applicationLayerProtocolNegotiation);
  if (chosen && (chosen.length !== 1 || chosen[0] !== indicatorName))
    refuse(
      'PARAMETER_ILLEGAL',
      'ServerHello chooses an application protocol that was not offered (RFC 7301 §3.1)',
    );
  return requireExportIndicator(profile.requireExportIndicator, chosen !== undefined);
}

/** Without the indicator a flight could have been relayed from another TLS service with the same certificate. */
export function requireExportIndicator(required: boolean, present: boolean): boolean {
  if (required && !present)
    refuse(
      'EXPORT_INDICATOR_MISSING',
      `the indicator to export pairwiseE2EKey (ALPN ${indicatorName}) is missing and required`,
    );
  return present;
}

const indicatorName = Buffer.from(exportIndicator).toString('latin1');

function protocols(
  extensions: readonly Extension[],
  declaration: ExtensionDeclaration<readonly Uint8Array[]>,
): string[] | undefined {
  return findExtension(extensions, declaration)?.map(name => Buffer.from(name).toString('latin1'));
}

/** RFC 8422 §5.4: the group is one of those that ClientHello listed. */
export function checkGroup(profile: Profile, group: number): void {
  if (!profile.groups.includes(group))
    refuse('PARAMETER_ILLEGAL', `ServerKeyExchange uses group ${group}, which was not offered`);
}
