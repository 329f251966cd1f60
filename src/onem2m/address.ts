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

/** Name of the virtual child of a `<CSEBase>` that TS-0003 8.7.2.2 names as an example. */
const e2eKeyCse = 'e2EKeyCSE';

/** Address of the virtual child e2EKeyCSE of a `<CSEBase>`; `-` stands for the CSEBase (TS-0004 6.2.4). */
export function e2eKeyCseOf(cse: string): string {
  return `${cse}/-/${e2eKeyCse}`;
}

/**
 * Every address by which a request may name a `<CSEBase>` or `<AE>`; `-` stands for the CSEBase (TS-0004 6.2.4).
 *
 * @param name resource name and resource ID of the `<CSEBase>`, where it has one that others are told of
 */
export function addressesOf(target: string, name?: string): string[] {
  const absolute = writeAddress(target, 'absolute');
  const spRelative = writeAddress(target, 'sp-relative');
  const { ae } = parseAbsolute(target);
  if (ae !== null) return [absolute, spRelative, ae];
  const names = name === undefined ? ['-'] : ['-', name];
  return [
    absolute,
    spRelative,
    ...names.flatMap(each => [`${absolute}/${each}`, `${spRelative}/${each}`, each]),
  ];
}

/**
 * Every address of the virtual child e2EKeyCSE of a `<CSEBase>`: behind each of the parent's, as that of any virtual
 * resource (TS-0004 6.8), and alone, for whoever leaves out `-`.
 */
export function e2eKeyCseAddressesOf(cse: string, name?: string): string[] {
  return [...addressesOf(cse, name).map(parent => `${parent}/${e2eKeyCse}`), e2eKeyCse];
}
