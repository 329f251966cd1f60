// Tests with a foreign TLS stack are skipped where it is not installed, unless it has to be there.
import { test } from 'node:test';
import type { ForeignPeer } from '../../src/interop/foreign-peer.ts';

/** Options for tests that need the stack; where it is absent and required, a test that fails for it. */
export async function needed({
  name,
  version,
}: Pick<ForeignPeer, 'name' | 'version'>): Promise<{ skip: string | false; timeout: number }> {
  const timeout = 10_000;
  if ((await version()) !== null) return { skip: false, timeout };
  const absent = `${name} is not on this machine`;
  if (process.env.CI === 'true' || process.env.E2EKEY_REQUIRE_PEERS === '1')
    test(`${name} is there`, () => {
      throw new Error(absent);
    });
  return { skip: absent, timeout };
}
