// Credential files as other programs write them, of the chains and keys in certs/ and test/handshake/credentials/: how
// each is made. Needs the programs; what was recorded with them is in test/vectors/credentials/.
import { execFileSync } from 'node:child_process';
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import forge from 'node-forge';
import { pemBlocks } from '../../src/certificates/pem.ts';
import { writePkcs12 } from '../../src/pki/pkcs12.ts';

/** Of every file that has one. */
export const password = 'lab password';

const root = fileURLToPath(new URL('../../', import.meta.url));
const subjects = {
  p256: 'certs/cae1',
  p384: 'test/handshake/credentials/cae1-p384',
  p521: 'test/handshake/credentials/cae1-p521',
  ed25519: 'test/handshake/credentials/cae1-ed25519',
  rsa2048: 'test/handshake/credentials/cae1-rsa2048',
} as const;

/** An end-point by the kind of its key. */
export type Subject = keyof typeof subjects;

export interface SubjectMaterial {
  /** Paths of PEM files. */
  readonly chainFile: string;
  readonly keyFile: string;
  /** Own first, without the root. */
  readonly chain: readonly Buffer[];
  readonly key: KeyObject;
}

export function materialOf(subject: Subject): SubjectMaterial {
  const [chainFile, keyFile] = [`${root}${subjects[subject]}.pem`, `${root}${subjects[subject]}.key`];
  const blocks = pemBlocks(readFileSync(chainFile, 'utf8'));
  const chain = blocks.map(({ der }) => Buffer.from(der ?? []));
  return { chainFile, keyFile, chain, key: createPrivateKey(readFileSync(keyFile)) };
}

/** A program of this machine. */
export type Program = 'openssl' | 'keytool' | 'certtool' | 'none';

export interface Made {
  readonly subject: Subject;
  /** By what it is made: `none` is needed for node-forge and for our own files. */
  readonly program: Program;
  /** How many certificates there are in the credential; none in a file with a private key alone. */
  readonly certificates: number;
  readonly password?: string;
  /** What is not opened, and why. */
  readonly refused?: RegExp;
  /** Writes the file. */
  readonly make: (file: string, material: SubjectMaterial) => void | Promise<void>;
}

const openssl = (...words: readonly string[]) => execFileSync('openssl', words, { stdio: 'pipe' });
const secret = ['-passout', `pass:${password}`] as const;

/** `openssl pkcs12 -export`. */
function opensslPkcs12(subject: Subject, ...words: readonly string[]): Made {
  return {
    subject,
    program: 'openssl',
    certificates: 2,
    password,
    make: (file, { chainFile, keyFile }) => {
      const files = ['-in', chainFile, '-inkey', keyFile, '-out', file];
      const passwordWords = words.includes('-passout') ? [] : secret;
      openssl('pkcs12', '-export', ...files, '-name', 'cae1', ...passwordWords, ...words);
    },
  };
}

/** Java reads the file of OpenSSL and writes its own, with the chain up to the root, which it wants to have. */
function keytoolPkcs12(subject: Subject, ...words: readonly string[]): Made {
  return {
    subject,
    program: 'keytool',
    certificates: 2,
    password,
    make: (file, material) =>
      inFolder(folder => {
        // It would be added to.
        rmSync(file, { force: true });
        const theirs = join(folder, 'openssl.p12');
        opensslPkcs12(subject, '-certfile', `${root}certs/root.pem`).make(theirs, material);
        const source = ['-srckeystore', theirs, '-srcstoretype', 'PKCS12', '-srcstorepass', password];
        const destination = ['-destkeystore', file, '-deststoretype', 'PKCS12', '-deststorepass', password];
        keytool('-importkeystore', ...source, ...destination, '-noprompt', ...words);
      }),
  };
}

function keytool(...words: readonly string[]): void {
  execFileSync('keytool', words, { stdio: 'pipe' });
}

/** With the root as a trusted certificate beside the key. */
function keytoolWithTrusted(subject: Subject): Made {
  const made = keytoolPkcs12(subject);
  return {
    ...made,
    make: (file, material) => {
      made.make(file, material);
      const store = ['-keystore', file, '-storetype', 'PKCS12', '-storepass', password];
      keytool(
        '-importcert',
        ...store,
        '-file',
        `${root}certs/other-root.pem`,
        '-alias',
        'other',
        '-noprompt',
      );
    },
  };
}

function certtoolPkcs12(subject: Subject): Made {
  return {
    subject,
    program: 'certtool',
    certificates: 2,
    password,
    make: (file, { chainFile, keyFile }) => {
      const files = ['--load-certificate', chainFile, '--load-privkey', keyFile, '--outfile', file];
      const names = ['--p12-name', 'cae1', '--password', password, '--outder'];
      execFileSync('certtool', ['--to-p12', ...files, ...names], { stdio: 'pipe' });
    },
  };
}

/** node-forge knows neither EC keys nor certificates that they signed: with a certificate of its own making. */
function forgePkcs12(algorithm: 'aes256' | '3des'): Made {
  return {
    subject: 'rsa2048',
    program: 'none',
    certificates: 1,
    password,
    make: (file, { key: ours }) => {
      const key = forge.pki.privateKeyFromPem(ours.export({ type: 'pkcs1', format: 'pem' }).toString());
      const certificate = forge.pki.createCertificate();
      certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
      certificate.serialNumber = '01';
      certificate.validity.notBefore = new Date('2026-01-01T00:00:00Z');
      certificate.validity.notAfter = new Date('2126-01-01T00:00:00Z');
      const name = [{ name: 'commonName', value: 'node-forge' }];
      certificate.setSubject(name);
      certificate.setIssuer(name);
      certificate.setExtensions([{ name: 'keyUsage', digitalSignature: true }]);
      certificate.sign(key, forge.md.sha256.create());
      const asn1 = forge.pkcs12.toPkcs12Asn1(key, [certificate], password, { algorithm });
      writeFileSync(file, Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'latin1'));
    },
  };
}

function ourPkcs12(subject: Subject): Made {
  return {
    subject,
    program: 'none',
    certificates: 2,
    password,
    make: async (file, { chain, key }) => {
      const certificates = chain.map(der => new X509Certificate(der));
      writeFileSync(file, await writePkcs12({ chain: certificates, key, password, name: 'cae1' }));
    },
  };
}

/** A private key alone. */
function opensslKey(subject: Subject, ...words: readonly string[]): Made {
  const isEncrypted = words.includes('-passout');
  return {
    subject,
    program: 'openssl',
    certificates: 0,
    ...(isEncrypted && { password }),
    make: (file, { keyFile }) => {
      openssl(...words, '-in', keyFile, '-out', file);
    },
  };
}

function inFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-'));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const legacyJava = '-J-Dkeystore.pkcs12.legacy';

const pkcs8 = ['pkcs8', '-topk8'];
const legacy = ['-provider', 'legacy', '-provider', 'default'];

/** By the name of the file. */
export const makers: Readonly<Record<string, Made>> = {
  'openssl-p256.p12': opensslPkcs12('p256'),
  'openssl-p384.p12': opensslPkcs12('p384'),
  'openssl-p521.p12': opensslPkcs12('p521'),
  'openssl-ed25519.p12': opensslPkcs12('ed25519'),
  'openssl-rsa2048.p12': opensslPkcs12('rsa2048'),
  'openssl-legacy-p256.p12': opensslPkcs12('p256', '-legacy'),
  'openssl-legacy-rsa2048.p12': opensslPkcs12('rsa2048', '-legacy'),
  'openssl-3des.p12': opensslPkcs12('p256', '-descert', '-macalg', 'sha1', '-keypbe', 'PBE-SHA1-3DES'),
  'openssl-aes128-sha512.p12': opensslPkcs12(
    'p256',
    ...['-keypbe', 'aes-128-cbc', '-certpbe', 'aes-192-cbc', '-macalg', 'sha512', '-iter', '3000'],
  ),
  'openssl-one-iteration.p12': opensslPkcs12('p256', '-iter', '1'),
  'openssl-sha384.p12': opensslPkcs12('p256', '-macalg', 'sha384'),
  'openssl-root-included.p12': opensslPkcs12('p256', '-certfile', `${root}certs/root.pem`),
  'openssl-leaf.p12': {
    ...opensslPkcs12('p256'),
    certificates: 1,
    make: (file, { chain, keyFile }) =>
      inFolder(folder => {
        const leaf = join(folder, 'leaf.pem');
        writeFileSync(leaf, new X509Certificate(chain[0] ?? '').toString());
        openssl('pkcs12', '-export', '-in', leaf, '-inkey', keyFile, '-out', file, ...secret);
      }),
  },
  'openssl-empty-password.p12': { ...opensslPkcs12('p256', '-passout', 'pass:'), password: '' },
  'openssl-plain.p12': {
    ...opensslPkcs12('p256', '-keypbe', 'NONE', '-certpbe', 'NONE', '-nomac', '-passout', 'pass:'),
    password: '',
  },
  'openssl-plain-mac.p12': opensslPkcs12('p256', '-keypbe', 'NONE', '-certpbe', 'NONE', '-iter', '1'),
  'keytool-p256.p12': keytoolPkcs12('p256'),
  'keytool-rsa2048.p12': keytoolPkcs12('rsa2048'),
  'keytool-legacy-p256.p12': keytoolPkcs12('p256', legacyJava),
  'keytool-legacy-rsa2048.p12': keytoolPkcs12('rsa2048', legacyJava),
  'keytool-trusted.p12': keytoolWithTrusted('p256'),
  'certtool-p256.p12': certtoolPkcs12('p256'),
  'forge-rsa2048.p12': forgePkcs12('aes256'),
  'forge-3des-rsa2048.p12': forgePkcs12('3des'),
  'ours-p256.p12': ourPkcs12('p256'),
  'ours-p384.p12': ourPkcs12('p384'),
  'ours-p521.p12': ourPkcs12('p521'),
  'ours-ed25519.p12': ourPkcs12('ed25519'),
  'ours-rsa2048.p12': ourPkcs12('rsa2048'),
  'pkcs8.der': opensslKey('p256', ...pkcs8, '-nocrypt', '-outform', 'DER'),
  'pkcs8-aes256.der': opensslKey('p256', ...pkcs8, '-outform', 'DER', ...secret),
  'pkcs8-one-iteration.der': opensslKey('p256', ...pkcs8, '-iter', '1', '-outform', 'DER', ...secret),
  'pkcs8-aes256.pem': opensslKey('p256', ...pkcs8, ...secret),
  'pkcs8-rsa2048-aes128.pem': opensslKey('rsa2048', ...pkcs8, '-v2', 'aes-128-cbc', ...secret),
  'pkcs8-des3.pem': opensslKey('p256', ...pkcs8, '-v2', 'des3', ...secret),
  'pkcs8-sha1-3des.pem': opensslKey('p256', ...pkcs8, '-v1', 'PBE-SHA1-3DES', ...secret),
  'pkcs8-sha512.pem': opensslKey('p256', ...pkcs8, '-v2prf', 'hmacWithSHA512', ...secret),
  'pkcs8-sha1-rc2.pem': opensslKey('p256', ...pkcs8, '-v1', 'PBE-SHA1-RC2-40', ...legacy, ...secret),
  'pkcs8-scrypt.pem': opensslKey('p256', ...pkcs8, '-scrypt', ...secret),
  'pkcs8-md5-des.pem': {
    ...opensslKey('p256', ...pkcs8, '-v1', 'PBE-MD5-DES', ...legacy, ...secret),
    refused: /PBES1 with MD5 and DES \(1\.2\.840\.113549\.1\.5\.3\) is not opened/,
  },
  'sec1.pem': opensslKey('p256', 'ec'),
  'sec1.der': opensslKey('p256', 'ec', '-outform', 'DER'),
  'sec1-aes128.pem': opensslKey('p256', 'ec', '-aes128', ...secret),
  'pkcs1.pem': opensslKey('rsa2048', 'rsa', '-traditional'),
  'pkcs1.der': opensslKey('rsa2048', 'rsa', '-traditional', '-outform', 'DER'),
  'pkcs1-aes256.pem': opensslKey('rsa2048', 'rsa', '-traditional', '-aes256', ...secret),
};
