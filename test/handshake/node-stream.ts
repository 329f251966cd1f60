// node's own TLS stack (OpenSSL) over streams in memory: what a test needs to talk to it. No socket and no other
// program.
import assert from 'node:assert/strict';
import { constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Duplex } from 'node:stream';
import type { TestContext } from 'node:test';
import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  type SecureContextOptions,
  TLSSocket,
  type TLSSocketOptions,
} from 'node:tls';
import { certificatePem } from '../../src/testing/certificate-maker.ts';
import { opensslSuiteName } from '../../src/testing/openssl-suite-name.ts';
import { annotate } from '../../src/wire/annotate.ts';
import { exportIndicator } from '../../src/wire/extensions.ts';
import type { KindVariant } from './kinds.ts';
import type { LabCredential } from './lab.ts';

export const indicator: string = Buffer.from(exportIndicator).toString('latin1');

/** SSL_OP_NO_EXTENDED_MASTER_SECRET and SSL_OP_NO_ENCRYPT_THEN_MAC of openssl/ssl.h; node has no names for them. */
export const noExtendedMasterSecret = 1;
const noEncryptThenMac = 1 << 19;

const rootPem = readFileSync(new URL('../../certs/root.pem', import.meta.url), 'utf8');

type Agreed = Pick<KindVariant, 'suite' | 'encryptThenMac' | 'group'>;

/** A context that can do what a variant agrees on and nothing else. */
export function contextFor(
  { suite, encryptThenMac, group }: Agreed,
  own: LabCredential | null,
  secureOptions = 0,
): SecureContextOptions {
  return {
    ca: rootPem,
    ...(own && {
      cert: certificatePem(...own.chain),
      key: own.key.export({ format: 'pem', type: 'pkcs8' }),
    }),
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    // Level 0: OpenSSL holds the 64-bit tag of CCM_8 for too weak above that.
    ciphers: `${opensslSuiteName(suite.name)}:@SECLEVEL=0`,
    ecdhCurve: `${group?.curve ?? (group ? 'X25519' : 'prime256v1')}:prime256v1`,
    secureOptions: constants.SSL_OP_NO_TICKET | secureOptions | (encryptThenMac ? 0 : noEncryptThenMac),
  };
}

/** node's end of a connection, and ours. */
export interface NodePeer {
  readonly socket: TLSSocket;
  readonly flights: Flights;
  readonly write: (message: Uint8Array) => void;
  /** The handshake is over for node as well. */
  readonly secured: Promise<void>;
}

/** node terminates, until the test is over. */
export function servingNode(
  t: TestContext,
  context: SecureContextOptions,
  options: TLSSocketOptions,
): NodePeer {
  const { near, far } = pipe();
  const secureContext = createSecureContext(context);
  const socket = new TLSSocket(far, { isServer: true, secureContext, ...options });
  return peerOf(t, socket, near, 'secure');
}

/** node initiates, until the test is over. */
export function callingNode(
  t: TestContext,
  context: SecureContextOptions,
  options: ConnectionOptions,
): NodePeer {
  const { near, far } = pipe();
  const secureContext = createSecureContext(context);
  const socket = connect({ socket: far, secureContext, servername: 'cse-b.m2m.example.com', ...options });
  return peerOf(t, socket, near, 'secureConnect');
}

function peerOf(t: TestContext, socket: TLSSocket, near: Duplex, event: string): NodePeer {
  t.after(() => socket.destroy());
  const secured = new Promise<void>((resolve, reject) => {
    socket.once(event, () => resolve());
    socket.once('error', error => {
      reject(error);
      // Whoever waits for a flight of node waits no longer.
      near.destroy(error);
    });
  });
  near.on('error', () => undefined);
  // Whoever fails earlier does not wait for it.
  secured.catch(() => undefined);
  return { socket, secured, flights: new Flights(near), write: message => near.write(message) };
}

/** What node writes, cut into flights by the message that ends each. */
class Flights {
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(stream: Duplex) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async next(last: string): Promise<Uint8Array> {
    let flight: Uint8Array = new Uint8Array();
    for (;;) {
      const { value, done: ended } = await this.#chunks.next();
      assert.ok(!ended, `the stream ends before ${last}`);
      flight = Buffer.concat([flight, value]);
      const { messages, problem } = annotate(flight);
      assert.ok(!messages.includes('Alert'), 'the other stack sent an alert');
      if (problem === null && messages.at(-1) === last) return flight;
    }
  }
}

/** The 48 bytes of TS-0003 10.3.1, without a context (RFC 5705 §4); node's types know only the form with one. */
export function exportedBy(socket: TLSSocket): Buffer {
  return Reflect.apply(socket.exportKeyingMaterial, socket, [48, 'EXPORTER-oneM2M-ESCertKE']);
}

/** What is written to one end is read from the other. */
function pipe(): { near: Duplex; far: Duplex } {
  const make = (other: () => Duplex) =>
    new Duplex({
      read() {},
      write(chunk, _encoding, written) {
        other().push(chunk);
        written();
      },
    });
  const near: Duplex = make(() => far);
  const far: Duplex = make(() => near);
  return { near, far };
}
