// BouncyCastle's low-level TLS as the other end-point: BouncyCastlePeer.java, compiled where it is needed, how it is
// started, and how what it writes is read. Written for 1.72 as Debian's libbctls-java installs it, with javac. Suites
// and groups are asked of the stack itself; it has every signature scheme that has a name here.
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refuse } from '../../errors.ts';
import { alertName } from '../../wire/alerts.ts';
import type { Registry } from '../../wire/codec.ts';
import { cipherSuiteNames, groupNames, signatureSchemeNames } from '../../wire/numbers.ts';
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

const jars = ['bctls', 'bcprov', 'bcutil'].map(name => `/usr/share/java/${name}.jar`);
const source = fileURLToPath(new URL('BouncyCastlePeer.java', import.meta.url));

/** Application data in bytes: an HTTP request, or the report of a handshake. */
const longestReceived = 64 * 1024;

export const bouncyCastle: ForeignPeer = {
  name: 'BouncyCastle',

  async version() {
    const [jar = ''] = jars;
    if (!jars.every(existsSync)) return null;
    try {
      await Promise.all([startJava('java', ['-version']).output, startJava('javac', ['-version']).output]);
    } catch {
      return null;
    }
    return /([\d.]+)\.jar$/.exec(realpathSync(jar))?.[1] ?? 'unknown';
  },

  async lacks(_role, options) {
    const { suites, groups = defaultGroups, signatureSchemes = [], version = 'TLS 1.2' } = options;
    if (version !== 'TLS 1.2') return `no ${version} here`;
    const has = await supported();
    const missing = [
      ...suites.filter(name => !has.suites.has(numberOf(cipherSuiteNames, name))),
      ...groups.filter(name => !has.groups.has(numberOf(groupNames, name))),
      ...signatureSchemes.filter(name => numberOf(signatureSchemeNames, name) === undefined),
    ];
    return missing.length === 0 ? null : `no ${missing.join(', ')}`;
  },

  async terminate(options) {
    const program = await run(['terminate', ...parameters(options)]);
    const [, port] = await program.until(/^LISTENING (\d+)\r?\n/m);
    return { port: Number(port), handshake: program.output.then(read), stop: program.stop };
  },

  async initiate(port, options, request) {
    const words = ['initiate', `port=${port}`, ...parameters(options)];
    if (request !== undefined) words.push(`request=${request}`);
    const program = await run(words);
    return read(await program.output);
  },
};

const defaultGroups = ['secp256r1'];

let compiled: Promise<string> | undefined;

/** Quick to start, since it lives for one handshake, and without a file of its own that a kill would leave behind. */
async function run(words: readonly string[]): Promise<Program> {
  compiled ??= compile();
  const classPath = [await compiled, ...jars].join(delimiter);
  const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData'];
  return startJava('java', [...quick, '-cp', classPath, 'BouncyCastlePeer', ...words]);
}

/** Into a folder that is removed when we go. */
async function compile(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-bouncy-castle-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const output = await startJava('javac', ['-cp', jars.join(delimiter), '-d', folder, source]).output;
  return existsSync(join(folder, 'BouncyCastlePeer.class'))
    ? folder
    : refuse('CARRIER_FAILED', `javac compiled no ${source}; it wrote:\n${output.slice(-4096)}`);
}

/** Java takes source and words to be in the encoding of the locale. */
function startJava(program: 'java' | 'javac', words: readonly string[]): Program {
  return start(program, words, { environment: { LC_ALL: 'C.UTF-8' } });
}

let asked: ReturnType<typeof ask> | undefined;

function supported() {
  asked ??= ask();
  return asked;
}

/** The numbers of the suites and groups that the stack has, in decimal. */
async function ask() {
  const program = await run(['supports']);
  const [, suites = '', groups = ''] = await program.until(/^SUITES (.*)\r?\nGROUPS (.*)\r?\n/m);
  const set = (list: string): ReadonlySet<string | undefined> => new Set(list.split(','));
  return { suites: set(suites), groups: set(groups) };
}

/** The pre-shared key stands on the command line, where everybody on the machine can read it: a key of the lab. */
function parameters(options: ForeignOptions): string[] {
  const { credential, trust, suites, groups = defaultGroups, signatureSchemes, staple } = options;
  const { encryptThenMac = true, extendedMasterSecret = true, exportIndicator = true } = options;
  const { clientAuthentication = true } = options;
  const list = (names: Registry, of: readonly string[]) =>
    of.map(name => numberOf(names, name) ?? refuse('OPTION_INVALID', `${name} has no number here`)).join();
  return [
    ...[`suites=${list(cipherSuiteNames, suites)}`, `groups=${list(groupNames, groups)}`],
    ...(signatureSchemes === undefined ? [] : [`schemes=${list(signatureSchemeNames, signatureSchemes)}`]),
    ...(credential === null ? [] : authentication(credential)),
    ...(trust === null ? [] : [trust === 'raw' ? 'raw=' : `anchors=${trust.anchors}`]),
    ...(trust !== null && clientAuthentication ? ['asksCertificate='] : []),
    ...(encryptThenMac ? ['encryptThenMac='] : []),
    ...(extendedMasterSecret ? ['extendedMasterSecret='] : []),
    ...(exportIndicator ? [`protocol=${applicationProtocol}`] : []),
    ...(staple === undefined ? [] : [`staple=${staple}`]),
    ...[`label=${exporterLabel}`, `length=${exporterSize}`, `longest=${longestReceived}`],
  ];
}

function authentication(credential: ForeignCredential): string[] {
  switch (credential.kind) {
    case 'x509':
      return [`certificate=${credential.certificate}`, `key=${credential.key}`];
    case 'raw':
      return [`publicKey=${credential.publicKey}`, `key=${credential.key}`];
    case 'psk':
      return [`pskIdentity=${credential.identity}`, `psk=${credential.secret}`];
  }
}

function numberOf(names: Registry, name: string): string | undefined {
  return Object.keys(names).find(number => names[Number(number)] === name);
}

function read(output: string): ForeignHandshake {
  // What stands behind this line, the other side has written.
  const [told = ''] = output.split(/^RECEIVED\r?$/m, 1);
  const number = (name: string) => {
    const digits = new RegExp(`^${name} (\\d+)\\r?$`, 'm').exec(told)?.[1];
    return digits === undefined ? null : Number(digits);
  };
  const [suite, alertSent, alertReceived] = ['SUITE', 'ALERT_SENT', 'ALERT_RECEIVED'].map(number);
  return {
    exported: /^EXPORTED ([0-9a-f]+)\r?$/m.exec(told)?.[1] ?? null,
    suite: typeof suite === 'number' ? (cipherSuiteNames[suite] ?? null) : null,
    alertSent: typeof alertSent === 'number' ? alertName(alertSent) : null,
    alertReceived: typeof alertReceived === 'number' ? alertName(alertReceived) : null,
    output,
  };
}
