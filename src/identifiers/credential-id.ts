// Credential-IDs (TS-0003 10.4) and the identifiers of symmetric keys inside them, `relative@issuer` (10.3.4, 10.3.5, 10.5,
// 10.6): parse and write. Knows no credential, and not which types fit what.
import { hash } from 'node:crypto';
import { refuse } from '../errors.ts';
import { isDomainName } from './entity.ts';
import { requireObject, requireText } from './given.ts';

/**
 * sec:credIDTypeID (TS-0003 Table 12.3.2.1-1). Symmetric keys: 10 to 12 for authentication, 13 ESPrim, 14 direct
 * encryption, 15 key wrap and 16 HMAC of ESData. Raw public key, device, CSE-ID, AE-ID and Node-ID certificate: 30 to 34
 * in TLS, 41 to 45 for encryption and 51 to 55 for signatures of ESData.
 */
const types = [
  10, 11, 12, 13, 14, 15, 16, 30, 31, 32, 33, 34, 41, 42, 43, 44, 45, 51, 52, 53, 54, 55,
] as const;

export type CredentialType = (typeof types)[number];

export interface CredentialId {
  readonly type: CredentialType;
  readonly value: string;
}

/** Longest value that is looked at; the standard sets no limit, and `kid` is sent by anybody. */
const maxValueLength = 512;

/** TS-0003 10.4. */
const keyValue = /^[A-Za-z0-9._@-]+$/;
/**
 * 10.4 has these characters for certificates too, Table 12.2-1 has xs:anyURI, and the identifiers that belong there
 * (`ni:///sha-256;…`, `//sp/cse/Cae1`, `urn:…`) are URIs: the characters of RFC 3986.
 */
const certificateValue = /^[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=%-]+$/;

/** sec:relKeyID (TS-0003 Table 12.2-1). */
const relativeForm = /^[A-Za-z0-9._-]+$/;

/**
 * Parses a Credential-ID, `13-A79E…FE4D`.
 *
 * @throws E2EKeyError OPTION_INVALID for anything else.
 */
export function parseCredentialId(text: string): CredentialId {
  const [, digits, value] = /^(\d\d)-(.*)$/s.exec(requireText(text, 'the Credential-ID')) ?? [];
  if (digits === undefined || value === undefined)
    return refuse(
      'OPTION_INVALID',
      `${shown(text)} is no Credential-ID: two digits, '-' and a value (TS-0003 10.4)`,
    );
  return checked(Number(digits), value);
}

/**
 * The Credential-ID of a type and a value.
 *
 * @throws E2EKeyError OPTION_INVALID for a type or value that is none.
 */
export function writeCredentialId(type: CredentialType, value: string): string {
  return `${type}-${checked(type, value).value}`;
}

/** The identifier of a symmetric key: what its issuer calls it, and the issuer. */
export interface KeyIdentifier {
  readonly relative: string;
  /** FQDN of the MEF, the MAF, or whoever else has issued the key. */
  readonly issuer: string;
}

/**
 * Parses `relative@issuer`, the form of KpmID, KeID, KpsaID, KcID and KmID. pairwiseE2EKeyID has no issuer and is not of
 * this form.
 *
 * @throws E2EKeyError OPTION_INVALID for anything else.
 */
export function parseKeyIdentifier(text: string): KeyIdentifier {
  const { length } = requireText(text, 'the key identifier');
  const [relative = '', issuer = '', ...more] = length > maxValueLength ? [] : text.split('@');
  if (!relativeForm.test(relative) || !isDomainName(issuer) || more.length > 0)
    return refuse(
      'OPTION_INVALID',
      `${shown(text)} is no key identifier: letters, digits, '.', '_', '-', then @ and an FQDN`,
    );
  return { relative, issuer };
}

/**
 * `relative@issuer`.
 *
 * @throws E2EKeyError OPTION_INVALID for parts that are none.
 */
export function writeKeyIdentifier(identifier: KeyIdentifier): string {
  const { relative, issuer } = requireObject(identifier, 'the key identifier');
  // `undefined` is a domain name.
  const text = `${requireText(relative, 'relative')}@${requireText(issuer, 'issuer')}`;
  parseKeyIdentifier(text);
  return text;
}

/**
 * `Hash(name)@issuer`, the value of a Credential-ID: the name of a key, of any length and any characters, becomes 64
 * upper-case hex digits of SHA-256 of its UTF-8, so that two sources do not choose the same value by accident. From the
 * contribution on data security, which says neither which hash, nor how it is written. It hides no name that can be guessed.
 *
 * @throws E2EKeyError OPTION_INVALID for a name that is empty or not well-formed Unicode, or an issuer that is no FQDN.
 */
export function hashedCredentialId(name: string, issuer: string): string {
  // UTF-8 has the same bytes for every lone surrogate.
  if (requireText(name, 'the name of the key') === '' || !name.isWellFormed())
    return refuse('OPTION_INVALID', 'the name of the key is empty, or no well-formed Unicode text');
  return writeKeyIdentifier({ relative: hash('sha256', name, 'hex').toUpperCase(), issuer });
}

function checked(number: number, value: string): CredentialId {
  const type = types.find(known => known === number);
  if (type === undefined)
    return refuse('OPTION_INVALID', `${number} is no type of a Credential-ID (TS-0003 Table 12.3.2.1-1)`);
  requireText(value, 'the value of the Credential-ID');
  if (value.length > maxValueLength || !(type < 30 ? keyValue : certificateValue).test(value))
    return refuse(
      'OPTION_INVALID',
      `${shown(value)} is no value of a Credential-ID of type ${type}: 1 to ${maxValueLength} characters of ${type < 30 ? 'TS-0003 10.4' : 'a URI'}`,
    );
  return { type, value };
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
