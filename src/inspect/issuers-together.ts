// Who issued whom among the certificates of several files: the path of each end-point's certificate, and the issuers that
// are in none of the files.

import { shorten } from '../certificates/finding.ts';
import { nameKey } from '../certificates/names.ts';
import {
  type CertificatePool,
  calledPooled,
  filesOf,
  isEndPoint,
  isSelfIssued,
  ownPlaces,
  type Pooled,
} from './certificate-pool.ts';
import type { Compared, Relation } from './compared.ts';
import { error, type Finding, warning } from './findings.ts';

export function issuersTogether(pool: CertificatePool): Compared {
  const paths = pool.all.filter(isEndPoint).map(pooled => pool.pathOf(pooled));
  const orphans = pool.all
    .filter(pooled => !isSelfIssued(pooled) && pool.issuersOf(pooled).length === 0)
    .map(pooled => ({ pooled, denier: pool.deniedBy(pooled) }));
  const alone = orphans.filter(({ denier }) => denier === undefined).map(({ pooled }) => pooled);
  return {
    relations: [...paths.filter(path => path.length > 1).map(pathRelation), ...missing(alone)],
    findings: orphans.flatMap(({ pooled, denier }) =>
      ownPlaces(pooled).map(({ file, index }) => ({
        at: file,
        finding:
          denier === undefined ? orphanFinding(pooled, index, pool) : damagedFinding(denier, file, index),
      })),
    ),
  };
}

function pathRelation(path: readonly Pooled[]): Relation {
  const [last] = path.slice(-1);
  const end = last !== undefined && isSelfIssued(last) ? '' : ' ← missing';
  return { relation: 'path', files: filesOf(path), text: `${path.map(calledPooled).join(' ← ')}${end}` };
}

function missing(orphans: readonly Pooled[]): Relation[] {
  const byIssuer = Map.groupBy(orphans, ({ certificate }) => nameKey(certificate.issuer));
  return [...byIssuer.values()].map(issued => {
    const issuer = shorten(issued[0]?.certificate.issuer.text ?? '');
    const shown = issued.slice(0, 4).map(calledPooled).join(', ');
    const more = issued.length > 4 ? ` and ${issued.length - 4} more` : '';
    return {
      relation: 'missing',
      files: filesOf(issued),
      text: `missing: ${issuer}, who issued ${shown}${more}`,
    };
  });
}

/** The key identifier says whose key it was: no other authority of that name is looked for. */
function damagedFinding(denier: Pooled, file: number, index: number): Finding {
  const own = denier.places.find(place => place.file === file);
  const issuer = own === undefined ? calledPooled(denier) : `certificate ${own.index + 1} of the file`;
  return error(
    'CERTIFICATE_UNTRUSTED',
    `certificates.${index}.signatureValue`,
    `its signature was not made with the key of ${issuer}, whose key identifier it has: damaged, or changed`,
    'RFC 5280 4.2.1.1, 6.1.3 (a)(1)',
  );
}

function orphanFinding(orphan: Pooled, index: number, pool: CertificatePool): Finding {
  const field = `certificates.${index}.issuer`;
  const [named] = pool.namedAsIssuerOf(orphan);
  return named === undefined
    ? warning(field, `${shorten(orphan.certificate.issuer.text)} is in none of the files`, 'RFC 5280 6.1')
    : warning(
        field,
        `${calledPooled(named)} has the name of the issuer, and not the key that signed`,
        'RFC 5280 6.1.3 (a)(1)',
      );
}
