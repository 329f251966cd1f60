// OpenSSL's s_server and s_client as the other end-point: how they are started, and how what they print is read.
// Written for OpenSSL 3.0 and later.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { refuse } from '../../errors.ts';
import { alertName } from '../../wire/alerts.ts';
import { exportIndicator } from '../../wire/extensions.ts';
import type { ForeignHandshake, ForeignOptions, ForeignPeer } from './peer.ts';
import { type Program, start } from './program.ts';

/** OpenSSL's names of the suites, by IANA's. */
const suiteNames: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8: 'ECDHE-ECDSA-AES128-CCM8',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 'ECDHE-ECDSA-AES128-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
};

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

  async terminate(options) {
    // -Verify insists on a certificate; without -verify_return_error a wrong one would only be printed.
    const verify = ['-Verify', '8', '-verify_return_error'];
    const program = run(
      ['s_server', '-accept', '127.0.0.1:0', '-naccept', '1', ...verify, ...parameters(options)],
      options,
    );
    const [, port] = await program.until(/^ACCEPT \S*:(\d+)\r?$/m);
    return { port: Number(port), handshake: program.output.then(read), stop: program.stop };
  },

  async initiate(port, options, request) {
    const verify = ['-verify', '8', '-verify_return_error'];
    const program = run(
      ['s_client', '-connect', `127.0.0.1:${port}`, ...verify, ...parameters(options)],
      options,
    );
    // It reads its input only when the handshake is over; the line Q ends it.
    program.write(request ?? 'Q\n');
    return read(await program.output);
  },
};

/** With a configuration of our own: the machine's may forbid what is to be tested. */
function run(words: readonly string[], { extendedMasterSecret = true }: ForeignOptions): Program {
  if (extendedMasterSecret) return start('openssl', words, { environment: { OPENSSL_CONF: devNull } });
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-openssl-'));
  const configuration = join(folder, 'openssl.cnf');
  writeFileSync(configuration, withoutExtendedMasterSecret);
  const program = start('openssl', words, { environment: { OPENSSL_CONF: configuration } });
  program.output.catch(() => undefined).finally(() => rmSync(folder, { recursive: true, force: true }));
  return program;
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
  const { credential, trust, suites, groups = ['secp256r1'], version = 'TLS 1.2' } = options;
  const { encryptThenMac = true, exportIndicator: indicates = true } = options;
  // CCM_8 has too short a tag for the default security level, and TLS 1.1 hashes with SHA-1.
  const ciphers = [...suites.map(opensslName), '@SECLEVEL=0'].join(':');
  return [
    versionFlags[version],
    ...['-cipher', ciphers, '-groups', groups.join(':'), '-CAfile', trust],
    ...(credential === null
      ? []
      : ['-cert', credential.certificate, '-cert_chain', credential.certificate, '-key', credential.key]),
    ...(indicates ? ['-alpn', Buffer.from(exportIndicator).toString('latin1')] : []),
    ...(encryptThenMac ? [] : ['-no_etm']),
    // RFC 5246 knows no tickets, and the procedure never resumes.
    ...['-no_ticket', '-msg', '-keymatexport', 'EXPORTER-oneM2M-ESCertKE', '-keymatexportlen', '48'],
  ];
}

function opensslName(suite: string): string {
  return suiteNames[suite] ?? refuse('OPTION_INVALID', `${suite} has no OpenSSL name here`);
}

/** Out of `-msg`, which shows the bytes of each alert, and the summary after a handshake. */
function read(output: string): ForeignHandshake {
  const suite = /^\s*(?:CIPHER is|New, TLSv1\.\d, Cipher is) (\S+)/m.exec(output)?.[1];
  const alert = (direction: '<<<' | '>>>') => {
    // By its number: OpenSSL 3.0 has no name for no_application_protocol.
    const description = new RegExp(`^${direction} [^,]+, Alert [^\\n]*\\n\\s+02 ([0-9a-f]{2})`, 'm').exec(
      output,
    )?.[1];
    return description === undefined ? null : alertName(Number.parseInt(description, 16));
  };
  const [alertSent, alertReceived] = [alert('>>>'), alert('<<<')];
  // After a refusal s_client prints what it would have exported.
  const finished = alertSent === null && alertReceived === null;
  return {
    exported: (finished && /^\s*Keying material: ([0-9A-F]+)/m.exec(output)?.[1]?.toLowerCase()) || null,
    suite: Object.keys(suiteNames).find(name => suiteNames[name] === suite) ?? null,
    alertSent,
    alertReceived,
    output,
  };
}
