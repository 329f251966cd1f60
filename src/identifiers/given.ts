// What a caller has given, where no compiler has looked: from JavaScript, or out of JSON. A value of another kind is refused
// by its name at the edge; deep inside it would be taken for the text of it, for absent, or end as a TypeError. Knows no
// value, and no error but the caller's.
import { refuse } from '../errors.ts';

/** @throws E2EKeyError OPTION_INVALID for anything else: a pattern takes null for the text `null`, and a list for its only item. */
export function requireText(value: string, name: string): string {
  return typeof value === 'string' ? value : refuse('OPTION_INVALID', `${name} is no text`);
}

/** @throws E2EKeyError OPTION_INVALID for anything else. */
export function requireBytes(value: Uint8Array, name: string): Uint8Array {
  return value instanceof Uint8Array ? value : refuse('OPTION_INVALID', `${name} is no Uint8Array`);
}

/** @throws E2EKeyError OPTION_INVALID for anything else: before null every Date is late, and before an invalid one none. */
export function requireDate(value: Date, name: string): Date {
  return value instanceof Date && !Number.isNaN(value.getTime())
    ? value
    : refuse('OPTION_INVALID', `${name} is no valid Date`);
}

/** @throws E2EKeyError OPTION_INVALID for what is no object, or a list. */
export function requireObject<T extends object>(value: T, name: string): T {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? value
    : refuse('OPTION_INVALID', `${name} is missing, or no object`);
}

/** @throws E2EKeyError OPTION_INVALID for what is no list, or holds anything but objects. */
export function requireObjects<T extends object>(values: readonly T[], name: string): readonly T[] {
  return Array.isArray(values)
    ? values.map((value, index) => requireObject(value, `${name}[${index}]`))
    : refuse('OPTION_INVALID', `${name} is no list`);
}
