// Trust anchors and configured intermediates, parsed once, and the chains that they were seen to vouch for.
// Knows no peers: whose identity it is gets decided each time anew, in trust.ts.
import { hash } from 'node:crypto';
import { E2EKeyError, refuse } from '../errors.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { isWithinValidity } from './certificate-rules.ts';
import { malformed } from './der.ts';
import { errorAbout, errorOf, findingIn, stepOf } from './finding.ts';
import {
  type CertificateIndex,
  findPath,
  indexBySubject,
  type PathVerdict,
  type WorkBudget,
} from './path.ts';
import type { Path, PathRequirements } from './path-rules.ts';

/** Chains longer than this are not looked at; a path has at most as many. */
export const maxPresented = 16;
/** Proven chains that are remembered: parsed and with their keys an honest one takes about 16 kB. */
const maxProven = 1024;
/** Longer ones, in octets, are proven each time: what a peer adds to its chain must not fill our memory. */
const maxProvenSize = 4096;

/**
 * The certificates of those whom we trust to say who a peer is, with the intermediates that peers may leave out.
 * A trust anchor is a certificate, and its own validity and constraints bind it.
 *
 * @example
 * ```ts
 * import { TrustAnchors } from 'e2ekey/certificates';
 * const trust = TrustAnchors.fromCertificates([rootDer]);
 * ```
 */
export class TrustAnchors {
  readonly #anchors: CertificateIndex;
  readonly #intermediates: CertificateIndex;
  readonly #proven = new Map<string, Proven>();

  constructor(anchors: readonly Certificate[], intermediates: readonly Certificate[]) {
    this.#anchors = indexBySubject(anchors);
    this.#intermediates = indexBySubject(intermediates);
  }

  /**
   * @param ders one certificate each, in DER. Without any, nobody is trusted.
   * @throws E2EKeyError OPTION_INVALID for one that cannot be read.
   */
  static fromCertificates(
    ders: readonly Uint8Array[],
    intermediates: readonly Uint8Array[] = [],
  ): TrustAnchors {
    return new TrustAnchors(
      parseConfigured('anchors', ders),
      parseConfigured('intermediates', intermediates),
    );
  }

  /** The leaf of a chain that was proven before, so that it need not be parsed again. */
  knownLeaf(chain: PresentedChain): Certificate | undefined {
    return this.#proven.get(chain.digest)?.leaf;
  }

  /**
   * The verdict on a presented chain. A chain that was proven under the same requirements is valid, at no cost,
   * from the latest notBefore to the earliest notAfter of its path; a refused chain is never remembered.
   */
  judge(
    chain: PresentedChain,
    leaf: Certificate,
    requirements: PathRequirements,
    budget: WorkBudget,
  ): PathVerdict {
    const { purpose, profile, maxDepth, restricted, time } = requirements;
    const key = `${purpose} ${profile} ${maxDepth} ${restricted}`;
    const known = this.#proven.get(chain.digest)?.paths.get(key);
    if (known?.every(certificate => isWithinValidity(certificate, time))) return { valid: true, path: known };

    const sources = {
      anchors: this.#anchors,
      intermediates: this.#intermediates,
      presented: indexBySubject(chain.certificatesAbove(leaf)),
    };
    const verdict = findPath(leaf, sources, requirements, budget);
    if (verdict.valid && chain.size <= maxProvenSize) this.#remember(chain.digest, leaf, key, verdict.path);
    return verdict;
  }

  #remember(digest: string, leaf: Certificate, key: string, path: Path): void {
    const proven = this.#proven.get(digest) ?? { leaf, paths: new Map() };
    proven.paths.set(key, path);
    if (this.#proven.size >= maxProven) {
      const [oldest] = this.#proven.keys();
      if (oldest !== undefined) this.#proven.delete(oldest);
    }
    this.#proven.set(digest, proven);
  }
}

interface Proven {
  readonly leaf: Certificate;
  /** By requirements, of which there are few. */
  readonly paths: Map<string, Path>;
}

/** A certificate_list as a peer sent it: leaf first, not empty, at most 16 certificates. */
export class PresentedChain {
  /** SHA-256 over the whole chain. */
  readonly digest: string;
  readonly #ders: readonly Uint8Array[];
  #above: readonly Certificate[] | undefined;

  /** @throws E2EKeyError PEER_CERTIFICATE_MISSING when empty, CERTIFICATE_MALFORMED when too long. */
  constructor(ders: readonly Uint8Array[]) {
    if (ders.length === 0)
      throw errorAbout({
        code: 'PEER_CERTIFICATE_MISSING',
        field: 'certificate_list',
        problem: 'no certificate',
        accepted: "the end-point's own at least",
        clause: 'RFC 5246 7.4.2',
      });
    if (ders.length > maxPresented)
      throw malformed('certificate_list', `${ders.length} certificates`, {
        accepted: `at most ${maxPresented}`,
        clause: 'our bound',
      });
    this.#ders = ders;
    this.digest = digestOf(ders);
  }

  /** @throws E2EKeyError CERTIFICATE_MALFORMED, CERTIFICATE_UNSUPPORTED. */
  leaf(): Certificate {
    return this.#parse(0, null);
  }

  /** @throws as `leaf` does, for any of them. */
  certificatesAbove(leaf: Certificate): readonly Certificate[] {
    this.#above ??= this.#ders.slice(1).map((_, index) => this.#parse(index + 1, leaf));
    return this.#above;
  }

  /** In octets. */
  get size(): number {
    return this.#ders.reduce((size, der) => size + der.length, 0);
  }

  #parse(index: number, leaf: Certificate | null): Certificate {
    try {
      return parseCertificate(this.#ders[index] ?? new Uint8Array());
    } catch (cause) {
      if (!(cause instanceof E2EKeyError) || cause.finding === null) throw cause;
      const path = leaf === null ? [] : [stepOf(leaf)];
      const placed = findingIn(`certificate_list.${index}`, cause.finding);
      throw errorOf({ ...placed, position: index, path }, cause);
    }
  }
}

/** The length before each certificate keeps two lists with the same concatenation apart. */
function digestOf(ders: readonly Uint8Array[]): string {
  const parts = ders.flatMap(der => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(der.length);
    return [length, der];
  });
  return hash('sha256', Buffer.concat(parts));
}

function parseConfigured(option: string, ders: readonly Uint8Array[]): Certificate[] {
  return ders.map((der, index) => {
    try {
      return parseCertificate(der);
    } catch (cause) {
      if (!(cause instanceof E2EKeyError)) throw cause;
      return refuse('OPTION_INVALID', `${option}.${index}: ${cause.message}`, { cause });
    }
  });
}
