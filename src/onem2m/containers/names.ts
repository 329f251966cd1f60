// Names by which two end-points find each other's inbox at a CSE, made of nothing but their identities. Knows no
// request.
import { createHash } from 'node:crypto';
import { parseAbsolute } from '../../identifiers/entity.ts';

/** Resource name of the `<container>` that messages for an end-point are put into, below its `<AE>`. */
export const inboxName = 'in';

/**
 * Resource name of the `<AE>` under which an entity takes message 1. Its identity has characters that a resource
 * name has not, hence the hash; whoever registers under another's name keeps him away, and reads nothing.
 *
 * @param entity absolute identifier
 */
export function wellKnownName(entity: string): string {
  return `e2ekey-${createHash('sha256').update(entity).digest('hex').slice(0, 32)}`;
}

/** Resource name of an `<AE>` that an initiating end-point makes for itself, so that several can work at once. */
export function ownName(entity: string, random: Uint8Array): string {
  return `${wellKnownName(entity)}-${Buffer.from(random).toString('hex')}`;
}

export function inboxAddress(cseBase: string, name: string): string {
  return `${cseBase}/${name}/${inboxName}`;
}

/**
 * Where the inbox of a terminating entity may be, likeliest first: at the CSE that we are registered with, and at
 * the CSE that its identity names.
 */
export function inboxCandidates(entity: string, self: string, cseBase: string): string[] {
  const name = wellKnownName(entity);
  const { serviceProvider, cse } = parseAbsolute(entity);
  const here = inboxAddress(cseBase, name);
  if (cse === null) return [here];
  const prefix = parseAbsolute(self).serviceProvider === serviceProvider ? '' : `//${serviceProvider}`;
  return [here, inboxAddress(`${prefix}/${cse}/-`, name)];
}

/**
 * May the response for `entity` go to this address? Whoever writes a request names the place; only an inbox of the
 * entity in From will do, or we could be made to write anywhere that our rights at the CSE reach.
 */
export function isInboxOf(entity: string, address: string): boolean {
  const segments = address.split('/');
  const [name = '', last] = segments.slice(-2);
  return (
    last === inboxName &&
    name.startsWith(`${wellKnownName(entity)}-`) &&
    /^[0-9a-f]{16}$/.test(name.slice(wellKnownName(entity).length + 1)) &&
    segments.slice(0, -2).every(segment => /^[A-Za-z0-9._~-]*$/.test(segment) && segment !== '..')
  );
}
