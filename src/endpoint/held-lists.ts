// The CRLs of configured issuers, of each part the newest that was ever seen, and others that are at hand. Knows where
// none of them comes from.
import { hash } from 'node:crypto';
import type { Certificate } from '../certificates/certificate.ts';
import { type Crl, crlExtensions, parseCrl } from '../certificates/crl.ts';
import { trustObjection } from '../certificates/crl-status.ts';
import { errorAbout, shorten } from '../certificates/finding.ts';
import { statusUnknown } from '../certificates/freshness.ts';
import { sameName } from '../certificates/names.ts';
import { RevocationLists } from '../certificates/revocation-lists.ts';
import type { IssuerAndSerial } from '../certificates/trust.ts';
import { isNewerStatus, type StatusRow } from './store.ts';

/** Whose lists are kept: those that its key signed, and no others of the same name. */
export interface CrlIssuer {
  readonly certificate: Certificate;
  /** `issuerId` of the certificate. */
  readonly id: string;
}

export interface HeldList {
  readonly crl: Crl;
  readonly issuer: CrlIssuer;
  /** Milliseconds since 1970. */
  readonly fetched: number;
}

/** A certificate of a path that a list names. */
export interface Hit {
  /** Name of the list's issuer. */
  readonly issuer: string;
  readonly serial: string;
  readonly crlNumber: string;
}

export class HeldLists {
  readonly #others: readonly Crl[];
  readonly #held = new Map<string, HeldList>();
  #atHand: RevocationLists;

  /** @param others lists of whatever issuers, looked into when a handshake needs them. */
  constructor(others: readonly Crl[]) {
    this.#others = others;
    this.#atHand = new RevocationLists(others);
  }

  /** For a handshake; another object whenever there is a new list. */
  get atHand(): RevocationLists {
    return this.#atHand;
  }

  get all(): readonly HeldList[] {
    return [...this.#held.values()];
  }

  of({ id }: CrlIssuer): readonly HeldList[] {
    return this.all.filter(({ issuer }) => issuer.id === id);
  }

  /** Does a row of the store say that it is newer than what is held of the same part? It may say what it likes. */
  isNews(row: Pick<StatusRow, 'id' | 'number' | 'thisUpdate'>): boolean {
    const held = this.#held.get(row.id);
    return held === undefined || isNewerStatus(row, versionOf(held.crl));
  }

  /** False, and nothing changes, unless it is newer than the one of the same part: what was replaced never comes back. */
  take(list: HeldList): boolean {
    const id = listId(list);
    const held = this.#held.get(id);
    if (held !== undefined && !isNewerStatus(versionOf(list.crl), versionOf(held.crl))) return false;
    this.#held.set(id, list);
    this.#atHand = new RevocationLists([...this.all.map(({ crl }) => crl), ...this.#others]);
    return true;
  }

  /** Is a certificate of the path revoked, whatever for, and be it on hold? */
  hit(path: readonly IssuerAndSerial[]): Hit | null {
    for (const { issuer, serial } of path)
      for (const { crl, issuer: signer } of this.#held.values())
        if (signer.id === issuer && speaksOfKeys(crl) && crl.entries.has(serial))
          return { issuer: crl.issuer.text, serial, crlNumber: crl.number ?? '' };
    return null;
  }
}

/** Attribute certificates hold no keys, and have serial numbers of their own (RFC 5755 4.2.5). */
function speaksOfKeys({ distributionPoint }: Crl): boolean {
  return !distributionPoint?.onlyContainsAttributeCerts;
}

/**
 * Reads a list of this issuer: signed with its key, and of a kind that is processed.
 *
 * @throws E2EKeyError CERTIFICATE_STATUS_UNKNOWN.
 */
export function readListOf({ certificate }: CrlIssuer, der: Uint8Array): Crl {
  const crl = parseCrl(der);
  const objection = sameName(crl.issuer, certificate.subject)
    ? trustObjection(crl, certificate, { profile: 'onem2m' })
    : statusUnknown(
        'CertificateList.issuer',
        `the CRL is one of ${shorten(crl.issuer.text)}`,
        shorten(certificate.subject.text),
        'RFC 5280 6.3.3 (b)',
      );
  if (objection !== null) throw errorAbout(objection);
  return crl;
}

/** What a store orders lists by. */
export function versionOf({ number, thisUpdate }: Crl): Pick<StatusRow, 'number' | 'thisUpdate'> {
  return { number: (number ?? '').padStart(40, '0'), thisUpdate: thisUpdate.getTime() };
}

/** For the store. */
export function rowOf(list: HeldList): Omit<StatusRow, 'endpoint'> {
  const { crl, fetched } = list;
  const nextUpdate = crl.nextUpdate.getTime();
  return { kind: 'crl', id: listId(list), ...versionOf(crl), nextUpdate, fetched, der: crl.der };
}

/** An issuer has several lists where each speaks of a part of its certificates (RFC 5280 5.2.5). */
export function listId({ crl, issuer }: Pick<HeldList, 'crl' | 'issuer'>): string {
  const part = crl.extensionList.find(({ id }) => id === crlExtensions.issuingDistributionPoint);
  return part === undefined ? issuer.id : `${issuer.id}.${hash('sha256', part.value)}`;
}
