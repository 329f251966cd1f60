// The demonstration: a lab PKI in a temporary folder, a terminating CSE in a process of its own, one transit CSE
// between, and an AE here that makes a key with the CSE. Everything is the real thing, made small.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { credentials, trust } from '../endpoint/credentials.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import type { PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import { httpCarrier } from '../onem2m/http-carrier.ts';
import { securityInfo } from '../onem2m/security-info.ts';
import { createAuthority } from '../pki/authority.ts';
import { validityFrom } from '../pki/certificate.ts';
import { writeLeaf } from '../pki/files.ts';
import { issueLeaf } from '../pki/leaf.ts';
import { type TransitCse, transitCse } from '../testing/transit-cse/transit-cse.ts';

export interface DemoMessage {
  readonly ordinal: 1 | 2 | 3 | 4;
  readonly from: string;
  readonly to: string;
  readonly message: Uint8Array;
}

export interface DemoResult {
  /** What the transit CSE saw. */
  readonly messages: readonly DemoMessage[];
  readonly initiatingKeyId: string;
  /** As the other process reported it. */
  readonly terminatingKeyId: string;
  readonly suite: string;
  readonly agreed: boolean;
}

const initiatingEntity = '//m2m.example.com/cse-a/Cae1';
const transitEntity = '//m2m.example.com/cse-t';
const terminatingEntity = '//m2m.example.com/cse-b';
const terminatingName = 'cse-b.m2m.example.com';

/** @param progress told what is being done, a short line each */
export async function runDemo(progress: (line: string) => void): Promise<DemoResult> {
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-demo-'));
  let cse: ServingCse | undefined;
  let transit: TransitCse | undefined;
  try {
    progress('making a lab PKI: root, intermediate, a certificate for the AE and one for the CSE');
    const lab = await makeLab(folder);
    progress(`starting the terminating CSE ${terminatingEntity} in a process of its own`);
    cse = await startCse(lab.configFile);
    progress(`starting the transit CSE ${transitEntity}, which sees every byte and is trusted by nobody`);
    transit = await transitCse({ id: transitEntity, routes: { [terminatingEntity]: cse.url } });
    progress(`${initiatingEntity} begins the E2EKey procedure`);
    const key = await establish(lab, transit.url);
    const terminatingKeyId = await within(cse.keyId, 'the terminating CSE did not report its key');
    return {
      messages: messagesSeen(transit),
      initiatingKeyId: key.id,
      terminatingKeyId,
      suite: key.suite,
      agreed: key.id === terminatingKeyId,
    };
  } finally {
    await transit?.close();
    await cse?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Lab {
  readonly configFile: string;
  readonly rootPem: string;
  readonly aePem: string;
  readonly aeKeyPem: string;
}

async function makeLab(folder: string): Promise<Lab> {
  const validity = validityFrom(undefined, undefined, 1);
  const { root, intermediate } = await createAuthority({
    name: 'Demo',
    domains: ['m2m.example.com'],
    uriConstraints: false,
    validity,
  });
  const ae = await issueLeaf(intermediate, {
    flavour: 'ae-id',
    id: initiatingEntity,
    uriScheme: null,
    validity,
  });
  writeLeaf(
    join(folder, 'cse-b'),
    await issueLeaf(intermediate, { flavour: 'cse-id', id: terminatingName, uriScheme: null, validity }),
  );
  const rootPem = String(root.certificate);
  writeFileSync(join(folder, 'root.pem'), rootPem);
  writeFileSync(join(folder, 'seal.key'), randomBytes(32).toString('hex'), { mode: 0o600 });
  const configFile = join(folder, 'cse-b.json');
  const config = {
    id: terminatingEntity,
    listen: { port: 0 },
    credential: { certificate: 'cse-b.pem', key: 'cse-b.key' },
    peers: [{ entity: initiatingEntity, flavour: 'ae-id', trust: 'root.pem', exportIndicator: 'required' }],
    store: 'sqlite:cse-b.db',
    seal: 'seal.key',
  };
  writeFileSync(configFile, JSON.stringify(config, null, 2));
  return {
    configFile,
    rootPem,
    aePem: ae.chain.map(String).join(''),
    aeKeyPem: ae.key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

interface ServingCse {
  readonly url: string;
  readonly keyId: Promise<string>;
  stop(): Promise<void>;
}

/** `e2ekey serve` as a child, read through its lines of JSON. */
async function startCse(configFile: string): Promise<ServingCse> {
  const main = new URL(
    import.meta.url.endsWith('.ts') ? '../cli/main.ts' : '../cli/main.js',
    import.meta.url,
  );
  // However we end, the child's standard input ends with us, and the child with it.
  const script = `
    process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume().unref();
    import(${JSON.stringify(main.href)}).then(async ({ main }) => { process.exitCode = await main(process.argv.slice(1)); });
  `;
  const child = spawn(process.execPath, ['-e', script, '--', 'serve', '--config', configFile, '--json'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: withoutSettings(process.env),
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await within(nextDocument(lines), 'the terminating CSE did not start');
  const stop = () => end(child);
  if (first.status !== 'listening') {
    await stop();
    throw new E2EKeyError('INTERNAL', `the terminating CSE did not start: ${JSON.stringify(first)}`);
  }
  const keyId = nextDocument(lines).then(({ keyId: id }) =>
    typeof id === 'string' ? id : refuse('INTERNAL', 'the terminating CSE has no key'),
  );
  // Whoever waits for it has the error; nobody waits when the procedure fails.
  keyId.catch(() => undefined);
  return { url: `http://${first.host}:${first.port}`, keyId, stop };
}

async function nextDocument(lines: AsyncIterator<string>): Promise<Record<string, unknown>> {
  const { value, done } = await lines.next();
  return done
    ? refuse('INTERNAL', 'the terminating CSE has ended')
    : (JSON.parse(value) as Record<string, unknown>);
}

/** What an operator has in his environment is for his service, not for this one. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('E2EKEY_')));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exit;
  clearTimeout(timer);
}

async function establish(lab: Lab, url: string): Promise<PairwiseE2EKey> {
  const endpoint = new Endpoint({
    id: initiatingEntity,
    credential: credentials.fromPem(lab.aePem, lab.aeKeyPem),
    peers: [
      {
        entity: terminatingEntity,
        flavour: 'cse-id',
        identifier: terminatingName,
        trust: trust.anchors(lab.rootPem),
        exportIndicator: 'required',
      },
    ],
  });
  try {
    return await endpoint.establish(terminatingEntity, httpCarrier(url));
  } finally {
    await endpoint.close();
  }
}

/** The four messages out of what the transit CSE saw: two requests and their responses. */
function messagesSeen({ passages }: TransitCse): DemoMessage[] {
  return passages.flatMap(({ message, responses }, index) => {
    const [response] = responses;
    if (message === null || response === undefined) return [];
    const [request, answer] = index === 0 ? ([1, 2] as const) : ([3, 4] as const);
    return [
      { ordinal: request, from: initiatingEntity, to: terminatingEntity, message },
      {
        ordinal: answer,
        from: terminatingEntity,
        to: initiatingEntity,
        message: securityInfo.unwrap(response.content),
      },
    ];
  });
}

async function within<T>(promise: Promise<T>, problem: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new E2EKeyError('INTERNAL', problem)), 15_000);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
