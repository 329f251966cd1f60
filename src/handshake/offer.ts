// ClientHello, and the initiating end-point's check that ServerHello chose from it and nothing else (RFC 5246 §7.4.1.4).

import type { CertificateType } from '../certificates/trust.ts';
import type { Group } from '../crypto/key-exchange.ts';
import { suiteById, usesEphemeralKey, usesPresharedKey } from '../crypto/suites.ts';
import { refuse } from '../errors.ts';
import { type Extension, findExtension, makeExtension } from '../wire/codec.ts';
import { clientExtension, exportIndicator, serverExtension } from '../wire/extensions.ts';
import type { ClientHello, ServerHello } from '../wire/messages.ts';
import { ocsp, tls12 } from '../wire/numbers.ts';
import {
  checkPointFormats,
  checkRenegotiationInfo,
  has,
  indicatorName,
  isRaw,
  type Negotiated,
  nothing,
  nullCompression,
  protocols,
  requireExportIndicator,
  requireExtendedMasterSecret,
  types,
  uncompressed,
} from './negotiation.ts';
import { isUsable, type Profile } from './profile.ts';

export function offer(profile: Profile): ClientHello {
  // Never both kinds to one peer: who answers would choose by which of the two he is known.
  const presharedKey = profile.peers.pskIdentities.length > 0;
  const suites = profile.suites.filter(
    suite => usesPresharedKey(suite) === presharedKey && isUsable(profile, suite),
  );
  if (suites.length === 0)
    refuse(
      'OPTION_INVALID',
      `suites: none of them is for ${presharedKey ? 'a pre-shared key' : 'certificates'}`,
    );
  const extensions: Extension[] = [];
  if (profile.serverName !== null)
    extensions.push(
      makeExtension(clientExtension.serverName, [
        { nameType: 0, name: Buffer.from(profile.serverName, 'ascii') },
      ]),
    );
  extensions.push(makeExtension(clientExtension.renegotiationInfo, nothing));
  if (suites.some(usesEphemeralKey))
    extensions.push(
      makeExtension(
        clientExtension.supportedGroups,
        profile.groups.map(({ id }) => id),
      ),
      makeExtension(clientExtension.ecPointFormats, [uncompressed]),
    );
  if (!presharedKey) extensions.push(...offerCertificates(profile));
  extensions.push(
    makeExtension(clientExtension.applicationLayerProtocolNegotiation, [exportIndicator]),
    makeExtension(clientExtension.extendedMasterSecret, nothing),
  );
  if (suites.some(({ protection }) => protection.kind === 'cbc'))
    extensions.push(makeExtension(clientExtension.encryptThenMac, nothing));
  return {
    version: tls12,
    random: profile.random(32),
    sessionId: nothing,
    cipherSuites: suites.map(({ id }) => id),
    compressionMethods: [nullCompression],
    extensions,
  };
}

/** RFC 7250 §4.1: lists that hold X.509 alone are left out. */
function offerCertificates({
  credentials,
  peers,
  signatureSchemes,
  requestStatus,
}: Profile): readonly Extension[] {
  const ours = [...new Set(credentials.map(({ type }) => types[type]))];
  const theirs = peers.certificateTypes.map(type => types[type]);
  return [
    makeExtension(clientExtension.signatureAlgorithms, signatureSchemes),
    ...(ours.some(isRaw) ? [makeExtension(clientExtension.clientCertificateType, ours)] : []),
    ...(theirs.some(isRaw) ? [makeExtension(clientExtension.serverCertificateType, theirs)] : []),
    ...(requestStatus
      ? [
          makeExtension(clientExtension.statusRequest, {
            statusType: ocsp,
            responderIds: [],
            requestExtensions: nothing,
          }),
        ]
      : []),
  ];
}

export interface Checked {
  readonly negotiated: Negotiated;
  /** ServerHello said that CertificateStatus may follow (RFC 6066 §8). */
  readonly stapled: boolean;
}

/** The initiating end-point's check that ServerHello chose from what ClientHello offered, and nothing else. */
export function check(profile: Profile, offered: ClientHello, hello: ServerHello): Checked {
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
  for (const { type, name } of [clientExtension.signatureAlgorithms, clientExtension.supportedGroups])
    if (extensions.some(extension => extension.type === type))
      refuse(
        'PARAMETER_ILLEGAL',
        `ServerHello has ${name}, which is only for ClientHello (RFC 5246 §7.4.1.4)`,
      );
  const renegotiationInfo = findExtension(extensions, serverExtension.renegotiationInfo);
  if (renegotiationInfo === undefined)
    refuse('RENEGOTIATION_INFO_INVALID', 'ServerHello does not answer renegotiation_info (RFC 5746 §3.4)');
  checkRenegotiationInfo(renegotiationInfo, 'ServerHello');
  const extendedMasterSecret = requireExtendedMasterSecret(
    profile,
    has(extensions, serverExtension.extendedMasterSecret),
    'ServerHello does not answer',
  );
  checkPointFormats(findExtension(extensions, serverExtension.ecPointFormats), 'ServerHello');
  const encryptThenMac = has(extensions, serverExtension.encryptThenMac);
  if (encryptThenMac && suite.protection.kind === 'aead')
    refuse('PARAMETER_ILLEGAL', 'ServerHello answers encrypt_then_mac with an AEAD suite (RFC 7366 §3)');
  return {
    negotiated: {
      suite,
      group: null,
      certificateTypes: {
        initiating: checkType(offered, extensions, 'clientCertificateType'),
        terminating: usesPresharedKey(suite)
          ? 'x509'
          : checkServerType(profile, checkType(offered, extensions, 'serverCertificateType')),
      },
      extendedMasterSecret,
      encryptThenMac,
      exportIndicator: checkExportIndicator(profile, extensions),
      randoms: { client: Uint8Array.from(offered.random), server: Uint8Array.from(hello.random) },
    },
    stapled: has(extensions, serverExtension.statusRequest),
  };
}

/** RFC 7250 §4.2: one of the types that were offered; X.509 where nothing is answered. */
function checkType(
  offered: ClientHello,
  extensions: readonly Extension[],
  name: 'clientCertificateType' | 'serverCertificateType',
): CertificateType {
  const chosen = findExtension(extensions, serverExtension[name]);
  if (chosen === undefined) return 'x509';
  const list = findExtension(offered.extensions, clientExtension[name]) ?? [];
  if (!list.includes(chosen))
    refuse('PARAMETER_ILLEGAL', `ServerHello.${clientExtension[name].name} was not offered (RFC 7250 §4.2)`);
  return isRaw(chosen) ? 'raw' : 'x509';
}

function checkServerType({ peers }: Profile, type: CertificateType): CertificateType {
  if (!peers.certificateTypes.includes(type))
    refuse(
      'CERTIFICATE_UNSUPPORTED',
      `ServerHello.server_certificate_type: the peer is not known by ${type === 'raw' ? 'a raw public key' : 'an X.509 certificate'}`,
    );
  return type;
}

/** RFC 8422 §5.4: the group is one of those that ClientHello listed. */
export function checkGroup({ groups }: Profile, id: number): Group {
  return (
    groups.find(group => group.id === id) ??
    refuse('PARAMETER_ILLEGAL', `ServerKeyExchange uses group ${id}, which was not offered`)
  );
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
