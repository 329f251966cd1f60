// What an end-point answers for: which address leads to which target, and what may be asked of it. Knows no content
// and no binding.
import { E2EKeyError, refuse } from '../errors.ts';
import { parseAbsolute } from '../identifiers/entity.ts';
import { addressesOf, e2eKeyCseAddressesOf } from './address.ts';
import { cseBaseName } from './cse-base.ts';
import type { Operation } from './primitive.ts';

export interface Target {
  /** Absolute identifier of the CSE or AE. */
  readonly id: string;
  readonly kind: '<CSEBase>' | '<AE>' | 'e2EKeyCSE';
  readonly operations: readonly Operation[];
}

/** By address, as `targetAt` looks it up. */
export type Targets = ReadonlyMap<string, Target>;

/**
 * @param targets absolute identifiers of the `<CSEBase>` and `<AE>` that are answered for
 * @param cseBaseIsShown a RETRIEVE of the `<CSEBase>` is answered, and it is known by its name as well
 * @throws E2EKeyError OPTION_INVALID for no target, what is no identifier, or an address in common.
 */
export function targetsOf(targets: readonly string[], cseBaseIsShown: boolean): Targets {
  if (targets.length === 0)
    return refuse('OPTION_INVALID', 'targets is empty; it names what the end-point answers for');
  const byAddress = new Map<string, Target>();
  for (const [address, target] of targets.flatMap(id => addressed(id, cseBaseIsShown))) {
    if (byAddress.has(canonical(address)))
      return refuse('OPTION_INVALID', `targets has two entries with the address ${address}`);
    byAddress.set(canonical(address), target);
  }
  return byAddress;
}

export function targetAt(targets: Targets, to: string): Target | undefined {
  return targets.get(canonical(to));
}

function addressed(id: string, cseBaseIsShown: boolean): [address: string, target: Target][] {
  if (isAe(id)) {
    const ae: Target = { id, kind: '<AE>', operations: ['notify'] };
    return addressesOf(id).map(address => [address, ae]);
  }
  const name = cseBaseIsShown ? cseBaseName(id) : undefined;
  const cse: Target = {
    id,
    kind: '<CSEBase>',
    operations: cseBaseIsShown ? ['notify', 'retrieve'] : ['notify'],
  };
  // TS-0003 8.7.2.2 names it and says no more: what a NOTIFY brings to the <CSEBase>, a CREATE may bring as well.
  const child: Target = { id, kind: 'e2EKeyCSE', operations: ['notify', 'create'] };
  return [
    ...addressesOf(id, name).map((address): [string, Target] => [address, cse]),
    ...e2eKeyCseAddressesOf(id, name).map((address): [string, Target] => [address, child]),
  ];
}

function isAe(id: string): boolean {
  try {
    return parseAbsolute(id).ae !== null;
  } catch (cause) {
    const reason = cause instanceof E2EKeyError ? cause.message : 'it is no identifier';
    return refuse('OPTION_INVALID', `targets: ${reason}`, { cause });
  }
}

/** The service provider's name is compared without regard to case (RFC 4343). */
function canonical(address: string): string {
  return address.replace(/^\/\/[^/]+/, host => host.toLowerCase());
}
