// OpenSSL's s_server and s_client as the other end-point: how they are started, and how what they print is read.
// Written for OpenSSL 3.0 and later.
import { refuse } from '../../errors.ts';
import { exportIndicator } from '../../wire/extensions.ts';
import type { ForeignHandshake, ForeignOptions, ForeignPeer } from './peer.ts';
import { start } from './program.ts';

/** OpenSSL's names of the suites, by IANA's. */
const suiteNames: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8: 'ECDHE-ECDSA-AES128-CCM8',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 'ECDHE-ECDSA-AES128-SHA256',
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
    const program = start('openssl', ['s_server', '-accept', '127.0.0.1:0', '-naccept', '1', ...verify, ...parameters(options, true)]);
    const [, port] = await program.until(/^ACCEPT \S*:(\d+)\r?$/m);
    return { port: Number(port), handshake: program.output.then(read), stop: program.stop };
  },

  async initiate(port, options, request) {
    const verify = ['-verify', '8', '-verify_return_error'];
    const program = start('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...verify, ...parameters(options, false)]);
    // It reads its input only when the handshake is over; the line Q ends it.
    program.write(request ?? 'Q\n');
    return read(await program.output);
  },
};

function parameters(options: ForeignOptions, server: boolean): string[] {
  const { credential, trust, suites, groups = ['secp256r1'], version = 'TLS 1.2' } = options;
  const { encryptThenMac = true, extendedMasterSecret = true, exportIndicator: indicates = true } = options;
  // CCM_8 has too short a tag for the default security level, and TLS 1.1 hashes with SHA-1.
  const ciphers = [...suites.map(opensslName), '@SECLEVEL=0'].join(':');
  return [
    versionFlags[version],
    ...['-cipher', ciphers, '-groups', groups.join(':'), '-CAfile', trust],
    ...(credential === null ? [] : ['-cert', credential.certificate, '-cert_chain', credential.certificate, '-key', credential.key]),
    ...(indicates ? ['-alpn', Buffer.from(exportIndicator).toString('latin1')] : []),
    ...(encryptThenMac ? [] : ['-no_etm']),
    ...(extendedMasterSecret ? [] : ['-no_ems']),
    // RFC 5246 knows no tickets, and the procedure never resumes.
    ...['-no_ticket', '-msg', '-keymatexport', 'EXPORTER-oneM2M-ESCertKE', '-keymatexportlen', '48'],
    ...(server ? [] : ['-servername', 'localhost']),
  ];
}

function opensslName(suite: string): string {
  return suiteNames[suite] ?? refuse('OPTION_INVALID', `${suite} has no OpenSSL name here`);
}

/** Out of `-msg`, which calls alerts by IANA's names, and the summary after a handshake. */
function read(output: string): ForeignHandshake {
  const suite = /^\s*(?:CIPHER is|New, TLSv1\.\d, Cipher is) (\S+)/m.exec(output)?.[1];
  const alert = (direction: '<<<' | '>>>') =>
    new RegExp(`^${direction} [^,]+, Alert \\[length \\w+\\], fatal (\\w+)`, 'm').exec(output)?.[1] ?? null;
  return {
    exported: /^\s*Keying material: ([0-9A-F]+)/m.exec(output)?.[1]?.toLowerCase() ?? null,
    suite: Object.keys(suiteNames).find(name => suiteNames[name] === suite) ?? null,
    alertSent: alert('>>>'),
    alertReceived: alert('<<<'),
    output,
  };
}
