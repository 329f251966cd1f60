// What other programs say: `openssl verify` with CRLs, `openssl ocsp`, and `ocsptool` of GnuTLS. One process for each
// question; what they say is in their own words.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificatePem } from '../../../src/testing/certificate-maker.ts';
import { now, type Question } from './cases.ts';

export interface Opinion {
  readonly accepts: boolean;
  readonly says: string;
}

export interface Judge {
  readonly name: 'OpenSSL' | 'GnuTLS';
  /** Null for what it cannot be asked. */
  readonly judge: (question: Question) => Opinion | null;
}

export function makeJudges(): { readonly judges: readonly Judge[]; readonly end: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-oracle-'));
  const put = (name: string, bytes: string | Uint8Array) => {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    return file;
  };
  return {
    judges: [
      { name: 'OpenSSL', judge: question => askOpenssl(question, put) },
      { name: 'GnuTLS', judge: question => askGnutls(question, put) },
    ],
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}

type Put = (name: string, bytes: string | Uint8Array) => string;

function askOpenssl(
  { chain: [leaf, issuer, root], crls, ocsp: [response], whole }: Question,
  put: Put,
): Opinion {
  const files = {
    leaf: put('leaf.pem', certificatePem(leaf)),
    issuer: put('issuer.pem', certificatePem(issuer)),
    root: put('root.pem', certificatePem(root)),
  };
  const trust = ['-no-CApath', '-no-CAstore', '-CAfile', files.root];
  if (response !== undefined) {
    const file = put('response.der', response);
    const words = ['-respin', file, '-issuer', files.issuer, '-cert', files.leaf, '-no_nonce'];
    // With the hash that the response has: otherwise it is about nobody.
    const sha256 = Buffer.from(response).includes(oidOfSha256) ? ['-sha256'] : [];
    const asked = ['ocsp', ...sha256, ...words, ...trust, '-verify_other', files.issuer];
    const { out } = run('openssl', asked);
    const isGood = /leaf\.pem: good/.test(out) && /Response verify OK/.test(out) && !/WARNING/.test(out);
    return { accepts: isGood, says: out };
  }
  const lists = crls.length === 0 ? [] : ['-CRLfile', put('crls.pem', crls.map(crlPem).join(''))];
  const check = whole ? ['-crl_check', '-crl_check_all'] : ['-crl_check'];
  const time = ['-attime', String(now.getTime() / 1000)];
  const extended = ['-extended_crl'];
  const { status, out } = run('openssl', [
    'verify',
    ...check,
    ...extended,
    ...time,
    ...lists,
    ...trust,
    ...['-untrusted', files.issuer, files.leaf],
  ]);
  return { accepts: status === 0, says: out };
}

/** GnuTLS has no command that puts the CRLs of several authorities to a chain; of responses it has. */
function askGnutls({ chain: [leaf, issuer], ocsp: [response] }: Question, put: Put): Opinion | null {
  if (response === undefined) return null;
  const { status, out } = run('ocsptool', [
    '--verify-response',
    ...['--load-response', put('response.der', response)],
    ...['--load-issuer', put('issuer.pem', certificatePem(issuer))],
    ...['--load-cert', put('leaf.pem', certificatePem(leaf))],
    ...['--load-trust', put('trust.pem', certificatePem(issuer))],
  ]);
  const isGood = status === 0 && /Certificate Status: good/i.test(out);
  return { accepts: isGood, says: out };
}

const oidOfSha256 = Buffer.from('608648016503040201', 'hex');

function run(program: string, argv: readonly string[]): { status: number | null; out: string } {
  const { status, stdout, stderr } = spawnSync(program, argv, { encoding: 'utf8', timeout: 20_000 });
  return { status, out: `${stdout}${stderr}` };
}

function crlPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN X509 CRL-----', ...lines, '-----END X509 CRL-----', ''].join('\n');
}
