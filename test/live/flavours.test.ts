// Every flavour of TS-0003 10.1.1 with OpenSSL and GnuTLS as the other end-point, in both roles; raw public keys with
// GnuTLS alone, since OpenSSL has none before 3.2. Among ourselves, over HTTP as well: test/cli/flavours.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ForeignOptions, ForeignPeer } from '../../src/interop/foreign-peer.ts';
import { gnutls } from '../../src/interop/peers/gnutls.ts';
import { openssl } from '../../src/interop/peers/openssl.ts';
import { anchors, type FlavourEnd, flavours, foreignCredential, known, own } from '../cli/flavour-lab.ts';
import { type Document, listen } from '../cli/material.ts';
import { run } from '../cli/run.ts';
import { within } from '../within.ts';
import { needed } from './needed.ts';

const stacks = new Map<ForeignPeer, Awaited<ReturnType<typeof needed>>>();
for (const stack of [openssl, gnutls]) stacks.set(stack, await needed(stack));

const cells = flavours.flatMap(ends =>
  [...stacks]
    .filter(([stack]) => stack === gnutls || ends.flavour !== 'raw')
    .map(([stack, options]) => ({ ...ends, stack, options })),
);

for (const { name, flavour, initiating, terminating, stack, options } of cells) {
  test(
    `${stack.name} as terminating end-point exports what establish does: ${name} (TS-0003 10.3.1)`,
    options,
    async t => {
      const server = await stack.terminate(foreignOptions(terminating));
      t.after(server.stop);
      const { code, stdout, stderr } = await run(
        ...['establish', `tls://127.0.0.1:${server.port}`, ...own(initiating), ...known(terminating)],
        ...['--reveal-key', '--json'],
      );
      assert.equal(code, 0, stderr);
      const { exported, output } = await within(server.handshake, stack.name);
      const document = JSON.parse(stdout) as Document;
      assert.match(String(exported), /^[0-9a-f]{96}$/, output);
      assert.equal(document.exported, exported);
      assert.deepEqual([document.peer?.flavour, document.peer?.id], [flavour, terminating.entity]);
    },
  );

  test(
    `${stack.name} as initiating end-point exports what listen does: ${name} (TS-0003 10.3.1)`,
    options,
    async t => {
      const { port, listener } = await listen(t, ...own(terminating), ...known(initiating), '--reveal-key');
      const { exported, output } = await stack.initiate(port, foreignOptions(initiating));
      const document = (await listener.line()) as Document;
      assert.match(String(exported), /^[0-9a-f]{96}$/, output);
      assert.equal(document.exported, exported);
      assert.deepEqual([document.peer?.flavour, document.peer?.id], [flavour, initiating.entity]);
    },
  );
}

function foreignOptions(end: FlavourEnd): ForeignOptions {
  return {
    credential: foreignCredential(end),
    trust: end.flavour === 'raw' ? 'raw' : { anchors },
    suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
  };
}
