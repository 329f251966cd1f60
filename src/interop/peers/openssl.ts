// OpenSSL's s_server and s_client as the other end-point: how they are started, and how what they print is read.
// Written for OpenSSL 3.0 and later. What it has is asked of the program itself: nothing here lists suites.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { refuse } from '../../errors.ts';
import { opensslSuiteName } from '../../testing/openssl-suite-name.ts';
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

const versionFlags = { 'TLS 1.1': '-tls1_1', 'TLS 1.2': '-tls1_2', 'TLS 1.3': '-tls1_3' } as const;

export const openssl: ForeignPeer = {
  name: 'OpenSSL',

  async version() {
    try {
      const output = await start('openssl', ['version']).output;
      return /^OpenSSL (\S+)/.exec(output)?.[1] ?? null;
    } catch {
      return null;
    }
  },

  async lacks(_role, options) {
    const { credential, trust, suites } = options;
    if (credential?.kind === 'raw' || trust === 'raw') return 'no raw public keys before OpenSSL 3.2';
    // In a list of suites it passes over those that it does not know.
    const known = (await run(['ciphers', cipherList(suites)], options).output).trim().split(':');
    const missing = suites.filter(suite => !known.includes(opensslSuiteName(suite)));
    if (missing.length > 0) return `no ${missing.join(', ')}`;
    // Nothing listens there: it gets as far as its own command line.
    const output = await run(['s_client', '-connect', '127.0.0.1:0', ...parameters(options)], options).output;
    const [, parameter, value] = /^Call to SSL_CONF_cmd\(-(\w+), (.*)\) failed/m.exec(output) ?? [];
    return parameter === undefined ? null : `no ${parameter} ${value}`;
  },

  async terminate(options) {
    const { credential, trust, clientAuthentication = true, staple } = options;
    // -Verify insists on a certificate; without -verify_return_error a wrong one would only be printed.
    const verify = trust !== null && clientAuthentication ? ['-Verify', '8', '-verify_return_error'] : [];
    const certificate = credential?.kind === 'x509' ? [] : ['-nocert'];
    const status = staple === undefined ? [] : ['-status_file', staple];
    const program = run(
      [
        ...['s_server', '-accept', '127.0.0.1:0', '-naccept', '1'],
        ...[...verify, ...certificate, ...status, ...parameters(options)],
      ],
      options,
    );
    const [, port] = await program.until(/^ACCEPT \S*:(\d+)\r?$/m);
    const handshake = program.output.then(output => read(output, options));
    return { port: Number(port), handshake, stop: program.stop };
  },

  async initiate(port, options, request) {
    const verify = options.trust === null ? [] : ['-verify', '8', '-verify_return_error'];
    const status = options.staple === undefined ? [] : ['-status'];
    const program = run(
      ['s_client', '-connect', `127.0.0.1:${port}`, ...verify, ...status, ...parameters(options)],
      options,
    );
    // It reads its input only when the handshake is over, and closes at its end.
    if (request === undefined) program.end();
    else program.write(request);
    return read(await program.output, options);
  },
};

/** CCM_8 has too short a tag for the default security level, and TLS 1.1 hashes with SHA-1. */
export function cipherList(suites: readonly string[]): string {
  return [...suites.map(opensslSuiteName), '@SECLEVEL=0'].join(':');
}

/** With a configuration of our own: the machine's may forbid what is to be tested. */
function run(words: readonly string[], { extendedMasterSecret = true }: ForeignOptions): Program {
  if (extendedMasterSecret) return start('openssl', words, { environment: { OPENSSL_CONF: devNull } });
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-openssl-'));
  const configuration = join(folder, 'openssl.cnf');
  writeFileSync(configuration, withoutExtendedMasterSecret);
  return start('openssl', words, { environment: { OPENSSL_CONF: configuration }, folder });
}

/** OpenSSL 3.0 has no option for it. */
const withoutExtendedMasterSecret = `
openssl_conf = main
[main]
ssl_conf = tls
[tls]
system_default = every_context
[every_context]
Options = -ExtendedMasterSecret
`;

function parameters(options: ForeignOptions): string[] {
  const {
    credential,
    trust,
    suites,
    groups = ['secp256r1'],
    signatureSchemes,
    version = 'TLS 1.2',
  } = options;
  const { encryptThenMac = true, exportIndicator: indicates = true } = options;
  return [
    versionFlags[version],
    ...['-cipher', cipherList(suites), '-groups', groups.join(':')],
    ...(signatureSchemes === undefined ? [] : ['-sigalgs', signatureSchemes.join(':')]),
    ...(trust === null || trust === 'raw' ? [] : ['-CAfile', trust.anchors, '-no-CApath', '-no-CAstore']),
    ...(credential === null ? [] : authentication(credential)),
    ...(indicates ? ['-alpn', applicationProtocol] : []),
    ...(encryptThenMac ? [] : ['-no_etm']),
    // RFC 5246 knows no tickets, and the procedure never resumes.
    ...['-no_ticket', '-msg', '-keymatexport', exporterLabel, '-keymatexportlen', `${exporterSize}`],
  ];
}

/** The pre-shared key stands on the command line, where everybody on the machine can read it: a key of the lab. */
function authentication(credential: ForeignCredential): string[] {
  switch (credential.kind) {
    case 'x509': {
      const { certificate, key } = credential;
      return ['-cert', certificate, '-cert_chain', certificate, '-key', key];
    }
    case 'psk':
      return ['-psk_identity', credential.identity, '-psk', credential.secret];
    case 'raw':
      return refuse('OPTION_INVALID', 'OpenSSL is asked for a raw public key, which it has not before 3.2');
  }
}

/** Out of `-msg`, which shows the bytes of each alert, and the summary after a handshake. */
function read(output: string, { suites }: ForeignOptions): ForeignHandshake {
  const suite = /^\s*(?:CIPHER is|New, TLSv1\.\d, Cipher is) (\S+)/m.exec(output)?.[1];
  const alert = (direction: '<<<' | '>>>') => {
    // By its number: OpenSSL 3.0 has no name for no_application_protocol.
    const description = new RegExp(`^${direction} [^,]+, Alert [^\\n]*\\n\\s+02 ([0-9a-f]{2})`, 'm').exec(
      output,
    )?.[1];
    return description === undefined ? null : alertName(Number.parseInt(description, 16));
  };
  const [alertSent, alertReceived] = [alert('>>>'), alert('<<<')];
  // After a refusal s_client prints what it would have exported, and s_server only warns of an unknown identity.
  const refused =
    alertSent !== null || alertReceived !== null || /^PSK warning: client identity/m.test(output);
  return {
    exported: (!refused && /^\s*Keying material: ([0-9A-F]+)/m.exec(output)?.[1]?.toLowerCase()) || null,
    suite: suites.find(name => opensslSuiteName(name) === suite) ?? null,
    alertSent,
    alertReceived,
    output,
  };
}
