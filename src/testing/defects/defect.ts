// What a kind of wrong certificate is. Knows none.
import type { FaultCode } from '../../errors.ts';
import type { DefectLab, Presentation } from '../defect-lab.ts';

/** One way in which a presented chain is wrong, everything else in it being right. */
export interface Defect {
  /** Lower case with hyphens, the same in every release. */
  readonly name: string;
  /** A sentence. */
  readonly about: string;
  /** What forbids it. */
  readonly clause: string;
  /** How an end-point of profile onem2m refuses it; alert and RSC follow from the fault table. */
  readonly code: FaultCode;
  /** As ASN.1 names it; with `certificate_list` before it where the bytes are no certificate. */
  readonly field: string;
  /** Of the certificate at fault in the path, 0 for the end-point's own; null where it is the list as a whole. */
  readonly position: number | null;
  readonly make: (lab: DefectLab) => Presentation;
}

/** The columns of a row that say how it is refused. */
export function refusedAs(
  code: FaultCode,
  position: number | null,
  field: string,
  clause: string,
): Pick<Defect, 'code' | 'position' | 'field' | 'clause'> {
  return { code, position, field, clause };
}

/** The same for what is refused while the end-point's certificate is read; the field without `certificate_list.0`. */
export function malformedAs(field: string, clause: string) {
  return refusedAs('CERTIFICATE_MALFORMED', 0, `certificate_list.0.${field}`, clause);
}
