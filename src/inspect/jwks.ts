// Keys in JSON (RFC 7517) as reports.
import { createPublicKey } from 'node:crypto';
import type { JsonObject } from '../onem2m/serialisation/json.ts';
import type { InspectedDocuments } from './documents-report.ts';
import { error, note, warning } from './findings.ts';
import { nothingHeld } from './holdings.ts';
import { inspectJwk } from './private-key-report.ts';
import { reportRawPublicKey } from './public-key-report.ts';
import { present, readPublicKeys } from './read-documents.ts';

/**
 * JWKs (RFC 7517): the private ones, or else the public ones.
 *
 * @param isSet they stand in a JWK Set.
 */
export function inspectJwks(keys: readonly JsonObject[], isSet: boolean): InspectedDocuments {
  const ours = keys.slice(0, maxJwks);
  const findings =
    keys.length > maxJwks
      ? [note('keys', `${keys.length}; the first ${maxJwks} are shown`, 'RFC 7517 §5')]
      : [];
  if (isSet)
    findings.push(warning('keys', 'a JWK Set, where an end-point takes one JWK alone', 'RFC 7517 §5'));
  const secret = ours.filter(({ kty, d }) => kty === 'oct' || d !== undefined);
  if (secret.length > 0) {
    const inspected = secret.map((jwk, index) => inspectJwk(jwk, `privateKeys.${index}`));
    return {
      report: { kind: 'private-key', encoding: 'JSON', privateKeys: inspected.map(({ report }) => report) },
      findings: [...findings, ...inspected.flatMap(each => each.findings)],
      holdings: { ...nothingHeld, privateKeys: inspected.flatMap(({ publicKey }) => publicKey ?? []) },
    };
  }
  const ders = ours.map(publicJwk);
  const { values, findings: found } = readPublicKeys(ders);
  const broken = ders.flatMap((der, index) =>
    der === null
      ? [error('OPTION_INVALID', `publicKeys.${index}`, 'a JWK that is no key', 'RFC 7518 6')]
      : [],
  );
  return {
    report: {
      kind: 'raw-public-key',
      encoding: 'JSON',
      privateKeys: [],
      publicKeys: values.map(raw => raw && reportRawPublicKey(raw)),
    },
    findings: [...findings, ...broken, ...found],
    holdings: { ...nothingHeld, publicKeys: present(values) },
  };
}

/** A JWK Set has one key a purpose. */
const maxJwks = 16;

/** Null for one that is no public key. */
function publicJwk(jwk: JsonObject): Uint8Array | null {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' }).export({ format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}
