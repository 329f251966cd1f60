// The certificates of several files, each once, and who of them issued whom: by name and by signature. Builds no path that
// anybody would trust (certificates/path.ts).
import { isSignatureOf, keyObjection, type Signature } from '../certificates/algorithms.ts';
import type { Certificate } from '../certificates/certificate.ts';
import { shorten } from '../certificates/finding.ts';
import { identitiesOf } from '../certificates/flavours.ts';
import { type Name, nameKey, sameName } from '../certificates/names.ts';
import type { PlacedFile } from './compared.ts';

/** One certificate, in however many files it stands. */
export interface Pooled {
  readonly certificate: Certificate;
  /** Where it stands: the place of the file among the files, and its own place in it. */
  readonly places: readonly { readonly file: number; readonly name: string; readonly index: number }[];
}

/**
 * Signatures that are checked for all files together; each takes a tenth of a millisecond. Files with many authorities of
 * one name would take many.
 */
const maxChecks = 4096;

export class CertificatePool {
  readonly all: readonly Pooled[];
  readonly #bySubject: ReadonlyMap<string, readonly Pooled[]>;
  readonly #issuers = new Map<Pooled, readonly Pooled[]>();
  #checksLeft = maxChecks;

  constructor(files: readonly PlacedFile[]) {
    const byFingerprint = Map.groupBy(
      files.flatMap(({ name, holdings }, file) =>
        holdings.certificates.map((certificate, index) => ({ certificate, place: { file, name, index } })),
      ),
      ({ certificate }) => certificate.fingerprint,
    );
    this.all = [...byFingerprint.values()].flatMap(same => {
      const [first] = same;
      return first ? [{ certificate: first.certificate, places: same.map(({ place }) => place) }] : [];
    });
    this.#bySubject = Map.groupBy(this.all, ({ certificate }) => nameKey(certificate.subject));
  }

  /** Those with the name of its issuer, whatever key they have. */
  namedAsIssuerOf({ certificate }: Pooled): readonly Pooled[] {
    return this.authoritiesNamed(certificate.issuer).filter(issuer => issuer.certificate !== certificate);
  }

  authoritiesNamed(name: Name): readonly Pooled[] {
    return (this.#bySubject.get(nameKey(name)) ?? []).filter(pooled => !isEndPoint(pooled));
  }

  /** Those that its signature was made by; roots before others of the same key. */
  issuersOf(pooled: Pooled): readonly Pooled[] {
    const known = this.#issuers.get(pooled);
    if (known !== undefined) return known;
    const { certificate } = pooled;
    const named = this.namedAsIssuerOf(pooled);
    const issuers = this.signersOf(certificate.tbsCertificate, certificate, named).toSorted(
      (one, other) => Number(isSelfIssued(other)) - Number(isSelfIssued(one)),
    );
    this.#issuers.set(pooled, issuers);
    return issuers;
  }

  /** Whom it names as its issuer, by key identifier too (RFC 5280 4.2.1.1), with a key that did not make its signature. */
  deniedBy(pooled: Pooled): Pooled | undefined {
    const { certificate } = pooled;
    const wanted = certificate.extensions.authorityKeyIdentifier;
    return this.namedAsIssuerOf(pooled).find(issuer => {
      const own = issuer.certificate.extensions.subjectKeyIdentifier;
      const isMeant = wanted !== null && own !== null && Buffer.compare(wanted, own) === 0;
      return isMeant && this.#hasSigned(issuer, certificate.tbsCertificate, certificate) === false;
    });
  }

  /**
   * From the certificate upwards, as far as there are issuers.
   *
   * @param file whose certificates go before others, as a peer presents them; null prefers none.
   */
  pathOf(pooled: Pooled, file: number | null = null): readonly Pooled[] {
    const path = [pooled];
    for (let last = pooled; path.length < maxPath; ) {
      const issuers = isSelfIssued(last) ? [] : this.issuersOf(last).filter(each => !path.includes(each));
      const issuer = issuers.find(each => file !== null && isIn(each, file)) ?? issuers[0];
      if (issuer === undefined) break;
      path.push(issuer);
      last = issuer;
    }
    return path;
  }

  /** Those that the signature was made by, of these; with keys whose size is bounded, and as long as there are checks left. */
  signersOf(bytes: Uint8Array, signature: Signature, candidates: readonly Pooled[]): readonly Pooled[] {
    return candidates.filter(candidate => this.#hasSigned(candidate, bytes, signature));
  }

  /** Null where it was not tried. */
  #hasSigned({ certificate }: Pooled, bytes: Uint8Array, signature: Signature): boolean | null {
    if (this.#checksLeft <= 0 || keyObjection(certificate, 'rfc5280') !== null) return null;
    this.#checksLeft -= 1;
    return isSignatureOf(bytes, signature, certificate);
  }
}

/** As every end-point bounds it. */
const maxPath = 16;

export function isSelfIssued({ certificate }: Pooled): boolean {
  return sameName(certificate.subject, certificate.issuer);
}

export function isIn({ places }: Pooled, at: number): boolean {
  return places.some(({ file }) => file === at);
}

/** Of an end-point: it issues nothing. */
export function isEndPoint({ certificate }: Pooled): boolean {
  return certificate.extensions.basicConstraints?.cA !== true;
}

/** By its subject, or by whom it names. */
function calledCertificate(certificate: Certificate): string {
  const [identity] = identitiesOf(certificate);
  return shorten(certificate.subject.text || identity?.id || 'a certificate without any name');
}

/** Where it is the first in its file, or else wherever it stands: in most chains it is a copy. */
export function ownPlaces({ places }: Pooled): Pooled['places'] {
  const own = places.filter(({ index }) => index === 0);
  return own.length > 0 ? own : places;
}

/** With its files, three of them at most. */
export function calledPooled(pooled: Pooled): string {
  const { certificate } = pooled;
  const names = [...new Set(ownPlaces(pooled).map(({ name }) => name))];
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return `${calledCertificate(certificate)} (${names.slice(0, 3).join(', ')}${more})`;
}

export function filesOf(pooled: readonly Pooled[]): string[] {
  return [...new Set(pooled.flatMap(({ places }) => places.map(({ name }) => name)))];
}
