// What the two hellos settle, and the rules that hold for both of them. What is offered and whether the answer fits is
// offer.ts; what is chosen is choice.ts.

import type { CertificateType } from '../certificates/trust.ts';
import type { Group } from '../crypto/key-exchange.ts';
import type { Randoms } from '../crypto/key-schedule.ts';
import type { Suite } from '../crypto/suites.ts';
import { refuse } from '../errors.ts';
import { type Extension, type ExtensionDeclaration, findExtension } from '../wire/codec.ts';
import { exportIndicator } from '../wire/extensions.ts';
import { certificateType } from '../wire/numbers.ts';
import type { Profile } from './profile.ts';

/** What both hellos together settle. */
export interface Negotiated {
  readonly suite: Suite;
  /** Null with a pre-shared key alone; at the initiating end-point until ServerKeyExchange has said it. */
  readonly group: Group | null;
  /** What stands in either Certificate message (RFC 7250 §4.2). */
  readonly certificateTypes: { readonly initiating: CertificateType; readonly terminating: CertificateType };
  /** RFC 7627; false only with a profile of the lab. */
  readonly extendedMasterSecret: boolean;
  /** RFC 7366; only ever true for a CBC suite. */
  readonly encryptThenMac: boolean;
  /** Both hellos carried the indicator to export pairwiseE2EKey (TS-0003 Table 8.7.2.2-1; ALPN `onem2m-e2ekey`). */
  readonly exportIndicator: boolean;
  /** Of their own: 32 bytes each that keep no message in memory. */
  readonly randoms: Randoms;
}

/** What an end-point signs with: an index into its credentials, and a SignatureScheme number. */
export interface Signing {
  readonly credential: number;
  readonly scheme: number;
}

export const uncompressed = 0;
export const nullCompression = 0;
export const nothing = new Uint8Array();
export const types: Readonly<Record<CertificateType, number>> = {
  x509: certificateType.x509,
  raw: certificateType.rawPublicKey,
};
/** What counts where RFC 7250's extensions are absent (§4.1). */
export const defaultTypes: readonly number[] = [types.x509];

/** RFC 7627 §5.2: without it somebody else may have the same master secret. */
export function requireExtendedMasterSecret(
  { extendedMasterSecret }: Profile,
  present: boolean,
  what: string,
): boolean {
  if (!present && extendedMasterSecret === 'required')
    refuse(
      'EXTENDED_MASTER_SECRET_MISSING',
      `${what} extended_master_secret (RFC 7627), without which no key is exported`,
    );
  return present;
}

/** RFC 5746 §3.4, §3.6: empty in the first handshake of a connection, and there is no other here. */
export function checkRenegotiationInfo(info: Uint8Array | undefined, hello: string): void {
  if (info !== undefined && info.length > 0)
    refuse(
      'RENEGOTIATION_INFO_INVALID',
      `${hello}.renegotiation_info is not empty in a first handshake (RFC 5746)`,
    );
}

export function checkPointFormats(formats: readonly number[] | undefined, hello: string): void {
  if (formats && !formats.includes(uncompressed))
    refuse('PARAMETER_ILLEGAL', `${hello}.ec_point_formats lacks uncompressed (RFC 8422 §5.1.2)`);
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

export const indicatorName = Buffer.from(exportIndicator).toString('latin1');

export function protocols(
  extensions: readonly Extension[],
  declaration: ExtensionDeclaration<readonly Uint8Array[]>,
): string[] | undefined {
  return findExtension(extensions, declaration)?.map(name => Buffer.from(name).toString('latin1'));
}

export function has(extensions: readonly Extension[], { type }: ExtensionDeclaration<unknown>): boolean {
  return extensions.some(extension => extension.type === type);
}

export function isRaw(type: number): boolean {
  return type === types.raw;
}
