// The terminating end-point's choice among what ClientHello offers, and the ServerHello that says so. Extensions are
// answered only if they were offered (RFC 5246 §7.4.1.4).

import type { CertificateType } from '../certificates/trust.ts';
import type { Group } from '../crypto/key-exchange.ts';
import { schemeAuthenticates } from '../crypto/signatures.ts';
import { type Suite, usesEphemeralKey, usesPresharedKey } from '../crypto/suites.ts';
import { type FaultCode, refuse } from '../errors.ts';
import { type Extension, findExtension, makeExtension } from '../wire/codec.ts';
import { clientExtension, exportIndicator, serverExtension } from '../wire/extensions.ts';
import type { ClientHello, ServerHello } from '../wire/messages.ts';
import { emptyRenegotiationInfoScsv, fallbackScsv, tls12 } from '../wire/numbers.ts';
import {
  checkPointFormats,
  checkRenegotiationInfo,
  defaultTypes,
  has,
  indicatorName,
  type Negotiated,
  nothing,
  nullCompression,
  protocols,
  requireExportIndicator,
  requireExtendedMasterSecret,
  type Signing,
  types,
  uncompressed,
} from './negotiation.ts';
import { type Credential, isUsable, type Profile } from './profile.ts';

export interface Choice {
  readonly negotiated: Negotiated;
  /** Null with a pre-shared key. */
  readonly signing: Signing | null;
  /** What goes into CertificateStatus; null where nobody asked or there is none. */
  readonly staple: Uint8Array | null;
  readonly serverHello: ServerHello;
}

/** The terminating end-point's choice among what ClientHello offers, and the ServerHello that says so. */
export function choose(profile: Profile, hello: ClientHello): Choice {
  const { extensions } = hello;
  if (hello.version < tls12)
    refuse(
      'VERSION_UNSUPPORTED',
      `ClientHello.version is 0x${hello.version.toString(16)}; E2EKey is TLS 1.2 (TS-0003 10.2.1)`,
    );
  if (!hello.compressionMethods.includes(nullCompression))
    refuse('PARAMETER_ILLEGAL', 'ClientHello.compressionMethods lacks null (RFC 5246 §7.4.1.2)');
  checkServerNames(extensions);
  checkRenegotiationInfo(findExtension(extensions, clientExtension.renegotiationInfo), 'ClientHello');
  const extendedMasterSecret = requireExtendedMasterSecret(
    profile,
    has(extensions, clientExtension.extendedMasterSecret),
    'ClientHello does not offer',
  );
  const { suite, group, signing } = chooseSuite(profile, hello);
  const credential = signing && profile.credentials[signing.credential];
  const indicator = chooseExportIndicator(profile, extensions);
  const encryptThenMac = suite.protection.kind === 'cbc' && has(extensions, clientExtension.encryptThenMac);
  const staple = (asksForStatus(extensions) && credential?.type === 'x509' && credential.staple) || null;
  const random = profile.random(32);
  const answered: Extension[] = [];
  if (extendedMasterSecret) answered.push(makeExtension(serverExtension.extendedMasterSecret, nothing));
  const secureRenegotiation =
    has(extensions, clientExtension.renegotiationInfo) ||
    hello.cipherSuites.includes(emptyRenegotiationInfoScsv);
  if (secureRenegotiation) answered.push(makeExtension(serverExtension.renegotiationInfo, nothing));
  if (group !== null && has(extensions, clientExtension.ecPointFormats))
    answered.push(makeExtension(serverExtension.ecPointFormats, [uncompressed]));
  if (indicator)
    answered.push(makeExtension(serverExtension.applicationLayerProtocolNegotiation, [exportIndicator]));
  if (encryptThenMac) answered.push(makeExtension(serverExtension.encryptThenMac, nothing));
  if (staple) answered.push(makeExtension(serverExtension.statusRequest, nothing));
  const initiating = credential ? chooseClientType(profile, extensions) : 'x509';
  const terminating = credential?.type ?? 'x509';
  if (
    credential &&
    profile.clientAuthentication !== 'none' &&
    has(extensions, clientExtension.clientCertificateType)
  )
    answered.push(makeExtension(serverExtension.clientCertificateType, types[initiating]));
  if (credential && has(extensions, clientExtension.serverCertificateType))
    answered.push(makeExtension(serverExtension.serverCertificateType, types[terminating]));
  return {
    negotiated: {
      suite,
      group,
      certificateTypes: { initiating, terminating },
      extendedMasterSecret,
      encryptThenMac,
      exportIndicator: indicator,
      randoms: { client: Uint8Array.from(hello.random), server: random },
    },
    signing,
    staple,
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

/** RFC 6066 §8: a request of another type than ocsp is passed over. */
function asksForStatus(extensions: readonly Extension[]): boolean {
  const request = findExtension(extensions, clientExtension.statusRequest);
  return request !== undefined && !(request instanceof Uint8Array);
}

/** The first of our suites that is offered and for which everything else is in common as well. */
function chooseSuite(
  profile: Profile,
  { cipherSuites, extensions }: ClientHello,
): { suite: Suite; group: Group | null; signing: Signing | null } {
  // Each list once, not for each suite: anybody may send long ones.
  const taken = readLists(extensions);
  // RFC 8422 §4: without the extension the choice is free.
  const group = profile.groups.find(({ id }) => taken.groups?.includes(id) ?? true);
  // Of the best suite that we have a credential for: of the others it says less.
  let failure: Failure | null = null;
  for (const suite of profile.suites) {
    if (!cipherSuites.includes(suite.id) || !isUsable(profile, suite)) continue;
    if (usesEphemeralKey(suite)) {
      checkPointFormats(taken.pointFormats, 'ClientHello');
      if (group === undefined) {
        const names = profile.groups.map(({ name }) => name).join(', ');
        failure ??= nothingInCommon(`supported_groups has none of ${names} (TS-0003 10.1.1.1)`);
        continue;
      }
    }
    const chosen = { suite, group: usesEphemeralKey(suite) ? (group ?? null) : null };
    if (usesPresharedKey(suite)) return { ...chosen, signing: null };
    const signing = chooseCredential(profile, suite, taken);
    if (signing !== null && 'credential' in signing) return { ...chosen, signing };
    failure ??= signing;
  }
  const { code, reason } =
    failure ??
    nothingInCommon(
      cipherSuites.every(isOfTls13)
        ? 'cipherSuites has those of TLS 1.3 alone; E2EKey is TLS 1.2 (TS-0003 10.2.1)'
        : 'cipherSuites has none that is allowed here and that we have a credential for (TS-0003 10.2)',
    );
  return refuse(code, reason);
}

/** What the initiating end-point takes. */
interface Lists {
  /** Null without the extension. */
  readonly groups: readonly number[] | null;
  readonly types: readonly number[];
  readonly schemes: readonly number[];
  readonly pointFormats: readonly number[] | undefined;
}

function readLists(extensions: readonly Extension[]): Lists {
  return {
    groups: findExtension(extensions, clientExtension.supportedGroups) ?? null,
    types: findExtension(extensions, clientExtension.serverCertificateType) ?? defaultTypes,
    schemes: findExtension(extensions, clientExtension.signatureAlgorithms) ?? [],
    pointFormats: findExtension(extensions, clientExtension.ecPointFormats),
  };
}

/** RFC 8446 B.4; besides them only what is no suite: the two signalling values, and GREASE (RFC 8701). */
function isOfTls13(id: number): boolean {
  return (
    id >> 8 === 0x13 || id === emptyRenegotiationInfoScsv || id === fallbackScsv || (id & 0x0f0f) === 0x0a0a
  );
}

interface Failure {
  readonly code: FaultCode;
  readonly reason: string;
}

function nothingInCommon(what: string): Failure {
  return { code: 'NOTHING_IN_COMMON', reason: `ClientHello.${what}` };
}

/**
 * The first credential that the suite, the initiating end-point and its lists take, or why there is none; null where
 * we have none of the suite's kind at all.
 */
function chooseCredential(
  { credentials, signatureSchemes }: Profile,
  { keyExchange }: Suite,
  taken: Lists,
): Signing | Failure | null {
  // RFC 8422 §5.1: the list of groups is about the keys of certificates as well.
  const takesCurve = ({ curve }: Credential) => curve === null || (taken.groups?.includes(curve) ?? true);
  const ofSuite = credentials.filter(({ schemes }) =>
    schemes.some(id => schemeAuthenticates(id, keyExchange)),
  );
  if (ofSuite.length === 0) return null;
  const ofType = ofSuite.filter(({ type }) => taken.types.includes(types[type]));
  // RFC 7250 §4.2: no certificate type in common is unsupported_certificate.
  if (ofType.length === 0)
    return {
      code: 'CERTIFICATE_UNSUPPORTED',
      reason: 'ClientHello.server_certificate_type has none that our credentials are of (RFC 7250 §4.2)',
    };
  for (const credential of ofType.filter(takesCurve)) {
    const scheme = credential.schemes.find(
      id =>
        schemeAuthenticates(id, keyExchange) && signatureSchemes.includes(id) && taken.schemes.includes(id),
    );
    if (scheme !== undefined) return { credential: credentials.indexOf(credential), scheme };
  }
  return nothingInCommon(
    ofType.some(takesCurve)
      ? 'signature_algorithms has none that our key is for'
      : "supported_groups lacks the curve of our certificate's key (RFC 8422 §5.1)",
  );
}

/** Of the types that ClientHello can give, the first by which we know peers. */
function chooseClientType(
  { peers, clientAuthentication }: Profile,
  extensions: readonly Extension[],
): CertificateType {
  if (clientAuthentication === 'none') return 'x509';
  const offered = findExtension(extensions, clientExtension.clientCertificateType) ?? defaultTypes;
  const known = offered.flatMap(number => peers.certificateTypes.filter(type => types[type] === number));
  const [first] = known;
  if (first !== undefined) return first;
  // Whoever need not authenticate himself, and could not, is asked in vain.
  if (clientAuthentication === 'request' && offered.includes(types.x509)) return 'x509';
  return refuse(
    'CERTIFICATE_UNSUPPORTED',
    'ClientHello.client_certificate_type has none by which peers are known here (RFC 7250 §4.2)',
  );
}

/** RFC 6066 §3: no two names of one type. Which name it is plays no part: it never selects an identity. */
function checkServerNames(extensions: readonly Extension[]): void {
  const names = findExtension(extensions, clientExtension.serverName) ?? [];
  if (new Set(names.map(({ nameType }) => nameType)).size < names.length)
    refuse('PARAMETER_ILLEGAL', 'ClientHello.server_name holds two names of one type (RFC 6066 §3)');
}

function chooseExportIndicator(profile: Profile, extensions: readonly Extension[]): boolean {
  const offered = protocols(extensions, clientExtension.applicationLayerProtocolNegotiation);
  if (offered && !offered.includes(indicatorName))
    refuse('NO_APPLICATION_PROTOCOL', `ClientHello offers application protocols, but not ${indicatorName}`);
  return requireExportIndicator(profile.requireExportIndicator, offered !== undefined);
}
