// The CRLs at hand, by their issuers. Whether one of them may be believed is revocation.ts; where they come from is the
// end-point's business.
import { E2EKeyError, refuse } from '../errors.ts';
import { type Crl, parseCrl } from './crl.ts';
import { type Name, nameKey } from './names.ts';

/**
 * CRLs, parsed once; never changed.
 *
 * @example
 * ```ts
 * import { RevocationLists } from 'e2ekey/certificates';
 * const lists = RevocationLists.fromDer([der]);
 * ```
 */
export class RevocationLists {
  static readonly none = new RevocationLists([]);

  readonly crls: readonly Crl[];
  readonly #byIssuer: ReadonlyMap<string, readonly Crl[]>;

  constructor(crls: readonly Crl[]) {
    this.crls = crls;
    this.#byIssuer = Map.groupBy(crls, ({ issuer }) => nameKey(issuer));
  }

  /**
   * @param ders one CRL each, in DER.
   * @throws E2EKeyError OPTION_INVALID for one that cannot be read.
   */
  static fromDer(ders: readonly Uint8Array[]): RevocationLists {
    const crls = ders.map((der, index) => {
      try {
        return parseCrl(der);
      } catch (cause) {
        if (!(cause instanceof E2EKeyError)) throw cause;
        return refuse('OPTION_INVALID', `crls.${index}: ${cause.message}`, { cause });
      }
    });
    return new RevocationLists(crls);
  }

  /** Those that say to be of this issuer. */
  of(issuer: Name): readonly Crl[] {
    return this.#byIssuer.get(nameKey(issuer)) ?? [];
  }
}
