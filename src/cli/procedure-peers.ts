// From --trust, --pin, --psk-identity and --expect to the peer entries of a procedure: whom a command believes, and
// under which identity. Knows nothing of what we are ourselves.
import type { CertificatePeer } from '../certificates/peers.ts';
import { type PeerEntry, type Role, TrustAnchors } from '../certificates/trust.ts';
import { refuse } from '../errors.ts';
import { isDomainName, parseAbsolute } from '../identifiers/entity.ts';
import { parsePublicKeyIdentifier } from '../identifiers/public-key-identifier.ts';
import { readCertificates } from './credential-files.ts';
import type { ProcedureValues } from './procedure-options.ts';

/**
 * Without --expect, --trust makes one entry for everybody whom the trust anchors vouch for, the lab's explicit choice;
 * a raw public key is then known by its identifier and a pre-shared key by its identity.
 *
 * @param role the peer's.
 * @param anybody a peer may do without authentication.
 * @throws E2EKeyError OPTION_INVALID naming the option.
 */
export function peersOf(values: ProcedureValues, role: Role, anybody = false): PeerEntry[] {
  const { trust, pin, 'psk-identity': identities } = values;
  const expect = values.expect.map(readExpected);
  if (identities.length !== values['psk-file'].length)
    refuse(
      'OPTION_INVALID',
      `--psk-identity is given ${identities.length} times and --psk-file ${values['psk-file'].length} times; they belong together`,
    );
  if (new Set(identities).size < identities.length)
    refuse('OPTION_INVALID', '--psk-identity: the same identity is given twice');
  for (const text of pin) checkPin(text);
  const keyPeers = [
    ...pin.map(text => ({ flavour: 'raw', pin: text }) as const),
    ...identities.map(pskIdentity => ({ flavour: 'psk', pskIdentity, roles: [role] }) as const),
  ];
  if (trust.length === 0 && keyPeers.length === 0 && !anybody)
    refuse('OPTION_INVALID', '--trust is missing: nobody would be believed');
  if (keyPeers.length > 0 && expect.length > 1 && expect.length !== keyPeers.length)
    refuse(
      'OPTION_INVALID',
      `--expect is given ${expect.length} times for ${keyPeers.length} of --pin and --psk-identity`,
    );
  const exportIndicator = values['require-export-indicator'] ? 'required' : 'optional';
  const associated = keyPeers.map((peer, index) => {
    const named = expect.length === 1 ? expect[0] : expect[index];
    return { ...peer, entity: named === undefined ? null : entityOf(named), exportIndicator } as const;
  });
  if (trust.length === 0) return associated;
  const policy = {
    trust: TrustAnchors.fromCertificates(readCertificates('--trust', trust)),
    requireNameConstraints: values['require-name-constraints'],
    exportIndicator,
  } as const;
  const everybody = { entity: null, flavour: 'any' } as const;
  const vouchedFor = expect.length === 0 ? [everybody] : expect.map(inCertificate);
  return [...vouchedFor.map(peer => ({ ...peer, ...policy })), ...associated];
}

function checkPin(text: string): void {
  try {
    parsePublicKeyIdentifier(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'no public key identifier';
    refuse('OPTION_INVALID', `--pin ${text}: ${reason}`, { cause });
  }
}

/** `ID[=NAME]` of --expect. */
interface Expected {
  readonly text: string;
  /** Absolute; null where only the name in the certificate is known. */
  readonly entity: string | null;
  readonly name: string | null;
}

function readExpected(text: string): Expected {
  const separator = text.indexOf('=');
  const id = separator === -1 ? text : text.slice(0, separator);
  const name = separator === -1 ? null : text.slice(separator + 1);
  if (id.startsWith('//')) return { text, entity: absolute(id, text), name };
  return name === null && isDomainName(id)
    ? { text, entity: null, name: id }
    : refuse('OPTION_INVALID', `--expect ${text}: neither an absolute identifier nor a domain name`);
}

function absolute(id: string, text: string): string {
  try {
    parseAbsolute(id);
    return id;
  } catch (cause) {
    return refuse('OPTION_INVALID', `--expect ${text}: no absolute CSE-ID or AE-ID (TS-0001 7.2)`, { cause });
  }
}

/** An AE-ID certificate holds the AE-ID itself, a CSE-ID certificate a domain name (TS-0001 6.5.1.1). */
function inCertificate({
  text,
  entity,
  name,
}: Expected): Pick<CertificatePeer, 'entity' | 'flavour' | 'identifier'> {
  if (entity === null || parseAbsolute(entity).ae === null)
    return {
      entity,
      flavour: 'cse-id',
      identifier:
        name ??
        refuse('OPTION_INVALID', `--expect ${text}: give the domain name in its certificate, ${text}=NAME`),
    };
  if (name !== null)
    refuse(
      'OPTION_INVALID',
      `--expect ${text}: an AE-ID certificate holds the AE-ID itself; leave out =${name}`,
    );
  return { entity, flavour: 'ae-id', identifier: entity };
}

/** What is associated with a pin or a pre-shared key; neither holds a name that could be compared. */
function entityOf({ text, entity }: Expected): string {
  return (
    entity ??
    refuse(
      'OPTION_INVALID',
      `--expect ${text}: with --pin and --psk-identity the absolute identifier is needed`,
    )
  );
}
