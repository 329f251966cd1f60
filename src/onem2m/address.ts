// The forms in which one target or originator may be written (TS-0001 7.2). Paths are in http-binding.ts.
import { refuse } from '../errors.ts';
import { parseAbsolute } from '../identifiers/entity.ts';

export type AddressForm = 'absolute' | 'sp-relative' | 'cse-relative';

/**
 * Writes an absolute CSE-ID or AE-ID in another form. CSE-relative is the AE-ID-Stem, as an AE calls itself
 * towards its registrar CSE (TS-0004 7.3.2.1).
 *
 * @throws E2EKeyError OPTION_INVALID for the CSE-relative form of a CSE, REQUEST_INVALID for no identifier.
 */
export function writeAddress(absolute: string, form: AddressForm): string {
  const { serviceProvider, ae } = parseAbsolute(absolute);
  if (form === 'absolute') return absolute;
  if (form === 'sp-relative') return absolute.slice(`//${serviceProvider}`.length);
  return (
    ae ??
    refuse('OPTION_INVALID', `${absolute} is a CSE and has no CSE-relative form, an AE-ID-Stem (TS-0001 7.2)`)
  );
}

/** Every address by which a NOTIFY may name a `<CSEBase>` or `<AE>`; `-` stands for the CSEBase (TS-0004 6.2.4). */
export function addressesOf(target: string): string[] {
  const absolute = writeAddress(target, 'absolute');
  const spRelative = writeAddress(target, 'sp-relative');
  const { ae } = parseAbsolute(target);
  return ae === null
    ? [absolute, `${absolute}/-`, spRelative, `${spRelative}/-`, '-']
    : [absolute, spRelative, ae];
}
