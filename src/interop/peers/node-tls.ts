// Node's own tls as the other end-point, in this process: the OpenSSL that is built into it. It shows no alerts, so
// that they are read off the wire. It judges a certificate only when the handshake is over, and then closes without
// an alert; that it exported something is not told then.
import { constants } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  createServer as createTlsServer,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import { refuse } from '../../errors.ts';
import {
  applicationProtocol,
  exporterLabel,
  exporterSize,
  type ForeignHandshake,
  type ForeignOptions,
  type ForeignPeer,
} from '../foreign-peer.ts';
import { longestOutput } from '../program.ts';
import { type TappedSocket, tap } from '../tapped-socket.ts';
import { cipherList } from './openssl.ts';

const versions = { 'TLS 1.1': 'TLSv1.1', 'TLS 1.2': 'TLSv1.2', 'TLS 1.3': 'TLSv1.3' } as const;

/** How long a handshake may take, in milliseconds, of which it needs a fraction. */
const timeout = 20_000;

export const nodeTls: ForeignPeer = {
  name: 'Node.js tls',

  async version() {
    return `${process.versions.node} with OpenSSL ${process.versions.openssl}`;
  },

  async lacks(_role, { credential, trust, suites, groups = [], signatureSchemes = [], version }) {
    if (credential?.kind === 'raw' || trust === 'raw') return 'no raw public keys';
    const missing = [
      // TLS 1.3 has suites of its own.
      ...(version === 'TLS 1.3' ? [] : suites.filter(suite => !takes({ ciphers: cipherList([suite]) }))),
      ...groups.filter(group => !takes({ ecdhCurve: group })),
      ...signatureSchemes.filter(scheme => !takes({ sigalgs: scheme })),
    ];
    return missing.length === 0 ? null : `no ${missing.join(', ')}`;
  },

  async terminate(options) {
    const { credential, trust, clientAuthentication = true, exportIndicator = true, staple } = options;
    const report = new Report();
    const server = createTlsServer({
      ...context(options),
      ...(trust !== null && clientAuthentication ? { requestCert: true, rejectUnauthorized: true } : {}),
      ...(exportIndicator ? { ALPNProtocols: [applicationProtocol] } : {}),
      ...(credential?.kind === 'psk'
        ? {
            pskCallback: (_socket: TLSSocket, identity: string) =>
              identity === credential.identity ? Buffer.from(credential.secret, 'hex') : null,
          }
        : {}),
    });
    server.on('secureConnection', socket => {
      socket.on('error', error => report.note(error.message));
      report.finished(socket);
    });
    server.on('tlsClientError', error => report.note(error.message));
    if (staple !== undefined)
      server.on('OCSPRequest', (_certificate, _issuer, answer) => answer(null, readFileSync(staple)));

    const handshake = Promise.withResolvers<ForeignHandshake>();
    let connection: Socket | null = null;
    const listener = createServer(socket => {
      listener.close();
      connection = socket;
      const tapped = tap(socket);
      server.emit('connection', tapped.stream);
      handshake.resolve(inTime(socket, tapped, report));
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    // Nobody comes any more.
    const timer = setTimeout(() => listener.close(), timeout);
    listener.once('close', () => {
      clearTimeout(timer);
      if (connection === null) handshake.resolve(report.with({ sent: null, received: null }));
    });
    const address = listener.address();
    return {
      port: typeof address === 'object' && address !== null ? address.port : 0,
      handshake: handshake.promise,
      async stop() {
        listener.close();
        connection?.destroy();
        await handshake.promise.catch(() => undefined);
      },
    };
  },

  async initiate(port, options, request) {
    const { credential, trust, exportIndicator = true, staple } = options;
    const report = new Report();
    const socket = connect(port, '127.0.0.1');
    const tapped = tap(socket);
    const tls = connectTls({
      socket: tapped.stream,
      ...context(options),
      // oneM2M's names are no host names.
      checkServerIdentity: () => undefined,
      rejectUnauthorized: trust !== null,
      ...(exportIndicator ? { ALPNProtocols: [applicationProtocol] } : {}),
      ...(credential?.kind === 'psk'
        ? {
            pskCallback: () => ({
              identity: credential.identity,
              psk: Buffer.from(credential.secret, 'hex'),
            }),
          }
        : {}),
      requestOCSP: staple !== undefined,
    });
    tls.once('secureConnect', () => {
      report.finished(tls);
      if (request === undefined) tls.end();
      else tls.write(request);
    });
    tls.on('error', error => report.note(error.message));
    tls.on('OCSPResponse', response => report.note(`OCSP response of ${response?.length ?? 0} bytes`));
    return inTime(socket, tapped, report);
  },
};

function takes(options: SecureContextOptions): boolean {
  try {
    createSecureContext(options);
    return true;
  } catch {
    return false;
  }
}

/** OpenSSL's SSL_OP_NO_EXTENDED_MASTER_SECRET, for which Node has no name. */
const noExtendedMasterSecret = 1;

function context(options: ForeignOptions): SecureContextOptions {
  const {
    credential,
    trust,
    suites,
    groups = ['secp256r1'],
    signatureSchemes,
    version = 'TLS 1.2',
  } = options;
  const { encryptThenMac = true, extendedMasterSecret = true } = options;
  return {
    minVersion: versions[version],
    maxVersion: versions[version],
    ...(version === 'TLS 1.3' ? {} : { ciphers: cipherList(suites) }),
    ecdhCurve: groups.join(':'),
    ...(signatureSchemes === undefined ? {} : { sigalgs: signatureSchemes.join(':') }),
    ...(trust === null || trust === 'raw' ? {} : { ca: readFileSync(trust.anchors) }),
    ...(credential?.kind === 'x509'
      ? { cert: readFileSync(credential.certificate), key: readFileSync(credential.key) }
      : {}),
    secureOptions:
      // RFC 5246 knows no tickets, and the procedure never resumes.
      constants.SSL_OP_NO_TICKET |
      (encryptThenMac ? 0 : constants.SSL_OP_NO_ENCRYPT_THEN_MAC) |
      (extendedMasterSecret ? 0 : noExtendedMasterSecret),
  };
}

/** What one TLS socket tells, as the programs of other stacks print it. */
class Report {
  #output = '';
  #exported: string | null = null;
  #suite: string | null = null;

  note(line: string): void {
    this.#output = `${this.#output}${line}\n`.slice(0, longestOutput);
  }

  /** The socket has finished its handshake; it is read to its end, and closed then. */
  finished(socket: TLSSocket): void {
    // The types of Node's API want a context; oneM2M has none (TS-0003 10.3.1).
    const exporter = socket as unknown as { exportKeyingMaterial(size: number, label: string): Buffer };
    this.#exported = exporter.exportKeyingMaterial(exporterSize, exporterLabel).toString('hex');
    this.#suite = socket.getCipher().standardName;
    this.note(
      `${socket.getProtocol()} ${this.#suite}, application protocol ${socket.alpnProtocol || 'none'}`,
    );
    socket.on('data', (data: Buffer) => this.note(data.toString('latin1')));
    socket.once('end', () => socket.end());
  }

  with({ sent, received }: ReturnType<TappedSocket['alerts']>): ForeignHandshake {
    return {
      exported: this.#exported,
      suite: this.#suite,
      alertSent: sent,
      alertReceived: received,
      output: this.#output,
    };
  }
}

async function inTime(
  socket: Socket,
  { closed, alerts }: TappedSocket,
  report: Report,
): Promise<ForeignHandshake> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    socket.destroy();
  }, timeout);
  await closed;
  clearTimeout(timer);
  if (late) return refuse('CARRIER_FAILED', `Node.js tls did not end within ${timeout / 1000} seconds`);
  return report.with(alerts());
}
