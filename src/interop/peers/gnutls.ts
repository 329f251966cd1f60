// GnuTLS's gnutls-serv and gnutls-cli as the other end-point: how they are started, and how what they print is
// read. Written for GnuTLS 3.7. What it has is asked of the program itself: nothing here lists suites.
//
// gnutls-serv listens on every address of the machine: it has no option for one. gnutls-cli compares the name in a
// certificate with the host that it connects to, as a web client does; oneM2M's names are no host names, so that it
// is told to go on, and its own verdict on the chain is read instead: it exports nothing for a chain that it does
// not trust, but sends no alert. As initiating end-point it always asks for a stapled response.
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refuse } from '../../errors.ts';
import { alertName } from '../../wire/alerts.ts';
import {
  applicationProtocol,
  exporterLabel,
  exporterSize,
  type ForeignCredential,
  type ForeignHandshake,
  type ForeignOptions,
  type ForeignPeer,
} from '../foreign-peer.ts';
import { type Program, start } from '../program.ts';

type Role = 'initiating' | 'terminating';

export const gnutls: ForeignPeer = {
  name: 'GnuTLS',

  async version() {
    try {
      const [client, server] = await Promise.all(
        ['gnutls-cli', 'gnutls-serv'].map(async program => {
          const output = await start(program, ['--version']).output;
          return /^gnutls-\w+ (\S+)/.exec(output)?.[1] ?? null;
        }),
      );
      return server === undefined || server === null ? null : (client ?? null);
    } catch {
      return null;
    }
  },

  async lacks(role, options) {
    const { suites, version } = options;
    if (
      role === 'initiating' &&
      suites.some(suite => partsOf(suite).keyExchange === 'ECDHE_PSK') &&
      (await gnutls.version())?.startsWith('3.7.')
    )
      return 'gnutls-cli 3.7 crashes behind a handshake with ECDHE_PSK';
    // Shows what the words would make it offer, or the first one that it does not know.
    const output = await start('gnutls-cli', ['--list', '--priority', priority(role, options)]).output;
    const [, unknown] = /^Syntax error at: \+([^:\n]+)/m.exec(output) ?? [];
    if (unknown !== undefined) return `no ${unknown}`;
    // TLS 1.3 has suites of its own, which the same words choose.
    if (version === 'TLS 1.3') return null;
    const offered = [...output.matchAll(/^TLS_(\w+)\s+0x/gm)].map(([, name]) => name);
    const missing = suites.filter(suite => !offered.includes(gnutlsSuiteName(suite)));
    if (missing.length > 0) return `no ${missing.join(', ')}`;
    // It combines key exchanges, ciphers and MACs by itself.
    const exactly = offered.join() === suites.map(gnutlsSuiteName).join();
    return exactly ? null : `offers ${offered.join(', ')} instead`;
  },

  async terminate(options) {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const port = await freePort();
      const program = serve(port, options);
      const [, done] = await program.until(/listening on IPv4 \S+ port \d+\.\.\.(done|bind\(\) failed)/);
      if (done === 'done') return { port, handshake: untilClosed(program, options), stop: program.stop };
      await program.stop();
    }
    return refuse('CARRIER_FAILED', `gnutls-serv found no free port in ${attempts} attempts`);
  },

  async initiate(port, options, request) {
    const program = start('gnutls-cli', [
      ...['--port', String(port), options.trust === 'raw' ? '--no-ca-verification' : '--insecure'],
      ...parameters('initiating', options),
      '127.0.0.1',
    ]);
    // It reads its input only when the handshake is over, and closes at its end.
    if (request === undefined) program.end();
    else program.write(request);
    return read(await program.output, options);
  },
};

/** It takes no port 0: another program may take the port that was free a moment ago. */
const attempts = 3;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function serve(port: number, options: ForeignOptions): Program {
  const { credential, trust, clientAuthentication = true, staple } = options;
  const asks = trust !== null && clientAuthentication;
  const words = [
    ...['--port', String(port), '--nodb', '--alpn-fatal'],
    // Without --verify-client-cert a wrong certificate would only be printed; of a raw key there is nothing to verify.
    ...(asks ? ['--require-client-cert'] : ['--disable-client-cert']),
    ...(asks && trust !== 'raw' ? ['--verify-client-cert'] : []),
    ...(staple === undefined ? [] : ['--ocsp-response', staple, '--ignore-ocsp-response-errors']),
    ...parameters('terminating', options),
  ];
  if (credential?.kind !== 'psk') return start('gnutls-serv', words);
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-gnutls-'));
  const file = join(folder, 'psk');
  // An identity in hex may hold the colon that ends it.
  const identity = Buffer.from(credential.identity).toString('hex');
  writeFileSync(file, `#${identity}:${credential.secret}\n`, { mode: 0o600 });
  return start('gnutls-serv', [...words, '--pskpasswd', file], { folder });
}

/** It takes one connection after the other: the first one ends it. */
async function untilClosed(program: Program, options: ForeignOptions): Promise<ForeignHandshake> {
  // The keys of a connection are given up with it. Whoever stopped it before gets what it wrote.
  await program.until(/Epoch #1 freed/).catch(() => undefined);
  await program.stop();
  return read(await program.output, options);
}

/** What both programs are told; the pre-shared key of a lab stands on gnutls-cli's command line. */
function parameters(role: Role, options: ForeignOptions): string[] {
  const { credential, trust, exportIndicator: indicates = true } = options;
  return [
    ...['--priority', priority(role, options)],
    ...(trust === null || trust === 'raw' ? [] : ['--x509cafile', trust.anchors]),
    ...(credential === null ? [] : authentication(role, credential)),
    ...(indicates ? ['--alpn', applicationProtocol] : []),
    ...['--keymatexport', exporterLabel, '--keymatexportsize', `${exporterSize}`],
    // From 5 on it shows the alerts that it sends, from 9 on secrets.
    ...['--debug', '5'],
  ];
}

function authentication(role: Role, credential: ForeignCredential): string[] {
  switch (credential.kind) {
    case 'x509':
      return ['--x509certfile', credential.certificate, '--x509keyfile', credential.key];
    case 'raw':
      return ['--rawpkfile', credential.publicKey, '--rawpkkeyfile', credential.key];
    case 'psk':
      return role === 'terminating'
        ? []
        : ['--pskusername', credential.identity, '--pskkey', credential.secret];
  }
}

/** GnuTLS's words for what it may do: nothing but what is named. */
function priority(role: Role, options: ForeignOptions): string {
  const { credential, trust, suites, groups = ['secp256r1'], version = 'TLS 1.2' } = options;
  const { signatureSchemes, encryptThenMac = true, extendedMasterSecret = true } = options;
  const parts = suites.map(partsOf);
  const words = (of: readonly string[]) => of.map(word => `+${word.replaceAll('_', '-').toUpperCase()}`);
  const type = (raw: boolean) => (raw ? 'RAWPK' : 'X.509');
  const [own, peers] = [type(credential?.kind === 'raw'), type(trust === 'raw')];
  const [client, server] = role === 'initiating' ? [own, peers] : [peers, own];
  return [
    'NONE',
    `+VERS-${version.replace(' ', '')}`,
    ...new Set(words(parts.flatMap(({ keyExchange, cipher, mac }) => [keyExchange, cipher, mac]))),
    ...words(groups.map(group => `GROUP-${group}`)),
    ...words((signatureSchemes?.map(gnutlsSchemeName) ?? ['ALL']).map(scheme => `SIGN-${scheme}`)),
    ...['+COMP-NULL', `+CTYPE-CLI-${client}`, `+CTYPE-SRV-${server}`],
    ...(encryptThenMac ? [] : ['%NO_ETM']),
    ...(extendedMasterSecret ? [] : ['%NO_SESSION_HASH']),
    // RFC 5246 knows no tickets, and the procedure never resumes.
    '%NO_TICKETS',
  ].join(':');
}

function partsOf(suite: string) {
  const [, keyExchange, cipher, hash = ''] = /^TLS_(\w+)_WITH_(\w+?)(?:_(SHA\d*))?$/.exec(suite) ?? [];
  if (keyExchange === undefined || cipher === undefined)
    return refuse('OPTION_INVALID', `${suite} is no suite of TLS 1.2 or before`);
  const mac = hash === 'SHA' ? 'SHA1' : hash;
  return { keyExchange, cipher, hash: mac, mac: cipher.endsWith('_CBC') ? mac : 'AEAD' };
}

/** As it shows a suite, without the TLS_ or GNUTLS_ before it; for ChaCha20 it writes no hash. */
function gnutlsSuiteName(suite: string): string {
  const { keyExchange, cipher, hash } = partsOf(suite);
  return [keyExchange, cipher, ...(hash === '' || cipher.startsWith('CHACHA20') ? [] : [hash])].join('_');
}

/** For TLS 1.2, where a scheme with ECDSA does not fix the curve. */
function gnutlsSchemeName(scheme: string): string {
  return scheme
    .replace(/^ecdsa_secp\d+r1_/, 'ecdsa_')
    .replace('rsa_pkcs1_', 'rsa_')
    .replace(/^ed/, 'eddsa_ed');
}

/** Out of what `--debug 5` shows, and of the summary after a handshake. */
function read(output: string, { suites }: ForeignOptions): ForeignHandshake {
  const suite = /Selected cipher suite: GNUTLS_(\w+)/.exec(output)?.[1];
  // It answers a fatal alert, and follows one up, by another: the first one counts.
  const [, sent, received] =
    /Sending Alert\[2\|(\d+)\]| Alert\[2\|(\d+)\] - .* - was received/.exec(output) ?? [];
  const named = (description: string | undefined) =>
    description === undefined ? null : alertName(Number(description));
  // Of a wrong name alone there is nothing to be said.
  const distrusted =
    /^- Status: The certificate is NOT trusted\.(?! The name in the certificate does not match the expected\. $)/m;
  const exported = /^- Key material: ([0-9a-f]+)/m.exec(output)?.[1] ?? null;
  return {
    exported: distrusted.test(output) ? null : exported,
    suite: suites.find(name => gnutlsSuiteName(name) === suite) ?? null,
    alertSent: named(sent),
    alertReceived: named(received),
    output,
  };
}
