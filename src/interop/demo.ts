// The demonstration: a lab PKI in a temporary folder, a terminating CSE in a process of its own, one transit CSE
// between, and an AE here that makes a key with the CSE and
// sends it a protected primitive. Everything is the real thing, made small.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { credentials, trust } from '../endpoint/credentials.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import { httpCarrier } from '../onem2m/http-carrier.ts';
import { httpSender } from '../onem2m/http-sender.ts';
import type { ResponsePrimitive } from '../onem2m/primitive.ts';
import { securityInfo } from '../onem2m/security-info.ts';
import { isObject } from '../onem2m/serialisation/json.ts';
import { EsPrimClient } from '../protection/esprim/client.ts';
import { endpointKeys } from '../protection/esprim/keys.ts';
import type { HttpMessage } from '../testing/transit-cse/http.ts';
import { type TransitCse, transitCse } from '../testing/transit-cse/transit-cse.ts';
import {
  initiatingEntity,
  type Lab,
  makeLab,
  terminatingEntity,
  terminatingName,
  transitEntity,
} from './demo-lab.ts';
import { tracesOf } from './traces.ts';

export interface DemoMessage {
  readonly ordinal: 1 | 2 | 3 | 4;
  readonly from: string;
  readonly to: string;
  readonly message: Uint8Array;
}

/** A protected primitive, its way and its answer. */
export interface DemoExchange {
  /** What the AE sent, and what came back. */
  readonly sent: { readonly to: string; readonly text: string };
  readonly answer: { readonly responseStatusCode: number; readonly text: string | null };
  /** What the CSE opened, as the other process reported it; `state` is that of its key afterwards. */
  readonly opened: {
    readonly from: unknown;
    readonly to: unknown;
    readonly text: unknown;
    readonly state: unknown;
  };
  /** What the transit CSE saw of it: the contents of NOTIFYs and of their responses. */
  readonly seen: readonly { readonly from: string; readonly to: string; readonly content: unknown }[];
  /** The forms in which the transit CSE could have read what was sent, in all that it handled. */
  readonly traces: readonly string[];
}

export interface DemoResult {
  /** What the transit CSE saw. */
  readonly messages: readonly DemoMessage[];
  readonly initiatingKeyId: string;
  /** As the other process reported it. */
  readonly terminatingKeyId: string;
  readonly suite: string;
  readonly exchange: DemoExchange;
}

/** What is protected: the name of a container, and a text. */
const container = '/cse-b/greenhouse';
const text = 'the third window from the left is open';

/** @param progress told what is being done, a short line each */
export async function runDemo(progress: (line: string) => void): Promise<DemoResult> {
  const folder = mkdtempSync(join(tmpdir(), 'e2ekey-demo-'));
  let cse: RunningCse | undefined;
  let transit: TransitCse | undefined;
  let endpoint: Endpoint | undefined;
  try {
    progress('making a lab PKI: root, intermediate, a certificate for the AE and one for the CSE');
    const lab = await makeLab(folder);
    progress(`starting the terminating CSE ${terminatingEntity} in a process of its own`);
    cse = await startCse(folder);
    progress(`starting the transit CSE ${transitEntity}, which sees every byte and is trusted by nobody`);
    const handled: Buffer[] = [];
    const tap = (message: HttpMessage) => {
      handled.push(Buffer.from(`${message.start}\n${JSON.stringify(message.headers)}`), message.body);
      return message;
    };
    transit = await transitCse({ id: transitEntity, routes: { [terminatingEntity]: cse.url }, tap });
    progress(`${initiatingEntity} begins the E2EKey procedure`);
    endpoint = initiatingEndpoint(lab);
    const key = await endpoint.establish(terminatingEntity, httpCarrier(transit.url));
    const { keyId } = await within(cse.report('established'), 'the terminating CSE did not report its key');
    const messages = messagesSeen(transit);
    progress(`${initiatingEntity} sends a protected primitive`);
    const before = transit.passages.length;
    const answer = await send(endpoint, transit.url);
    const opened = await within(cse.report('opened'), 'the terminating CSE did not report the primitive');
    return {
      messages,
      initiatingKeyId: key.id,
      terminatingKeyId: String(keyId),
      suite: key.suite,
      exchange: {
        sent: { to: container, text },
        answer: { responseStatusCode: answer.responseStatusCode, text: textOf(answer) },
        opened: { from: opened.from, to: opened.to, text: opened.text, state: opened.state },
        seen: contentsSeen(transit, before),
        traces: [container, text].flatMap(secret => tracesOf(secret, handled)),
      },
    };
  } finally {
    await endpoint?.close();
    await transit?.close();
    await cse?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Why a demonstration shows nothing; null for one that does. */
export function problemOf({
  messages,
  initiatingKeyId,
  terminatingKeyId,
  exchange,
}: DemoResult): string | null {
  if (initiatingKeyId !== terminatingKeyId)
    return `the two ends hold different keys: ${initiatingKeyId} and ${terminatingKeyId}`;
  if (messages.length !== 4) return `the transit CSE saw ${messages.length} messages, not four`;
  const { sent, opened, answer, traces } = exchange;
  if (opened.to !== sent.to || opened.text !== sent.text) return 'the CSE opened another primitive';
  if (answer.responseStatusCode !== 2001 || answer.text !== sent.text)
    return `the CSE answered with response status code ${answer.responseStatusCode}, or another text`;
  return traces.length === 0
    ? null
    : `the transit CSE could read what was sent to the other end-point (${traces.join(', ')})`;
}

function initiatingEndpoint(lab: Lab): Endpoint {
  return new Endpoint({
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
}

function send(endpoint: Endpoint, url: string): Promise<ResponsePrimitive> {
  const client = new EsPrimClient({
    from: endpoint.id,
    to: terminatingEntity,
    keys: endpointKeys(endpoint),
    sender: httpSender(url),
  });
  return client.send({
    operation: 'create',
    to: container,
    resourceType: 4,
    content: { 'm2m:cin': { con: text } },
  });
}

function textOf({ content }: ResponsePrimitive): string | null {
  const instance = isObject(content) ? content['m2m:cin'] : undefined;
  return isObject(instance) && typeof instance.con === 'string' ? instance.con : null;
}

interface RunningCse {
  readonly url: string;
  /** The next document of this status. */
  report(status: string): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** demo-cse.ts as a child, read through its lines of JSON. */
async function startCse(folder: string): Promise<RunningCse> {
  const main = new URL(import.meta.url.endsWith('.ts') ? './demo-cse.ts' : './demo-cse.js', import.meta.url);
  // However we end, the child's standard input ends with us, and the child with it.
  const script = `
    process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume().unref();
    import(${JSON.stringify(main.href)}).then(({ runDemoCse }) => runDemoCse(process.argv[1]));
  `;
  const child = spawn(process.execPath, ['-e', script, '--', folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const stop = () => end(child);
  const report = async (status: string) => {
    const document = await nextDocument(lines);
    return document.status === status
      ? document
      : refuse('INTERNAL', `the terminating CSE reported ${JSON.stringify(document)}, and not ${status}`);
  };
  try {
    const { port } = await within(report('listening'), 'the terminating CSE did not start');
    return { url: `http://127.0.0.1:${port}`, report, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function nextDocument(lines: AsyncIterator<string>): Promise<Record<string, unknown>> {
  const { value, done } = await lines.next();
  return done
    ? refuse('INTERNAL', 'the terminating CSE has ended')
    : (JSON.parse(value) as Record<string, unknown>);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exit;
  clearTimeout(timer);
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

/** What it passed on from this passage on. */
function contentsSeen({ passages }: TransitCse, first: number): DemoExchange['seen'] {
  return passages
    .slice(first)
    .flatMap(({ request, responses }) => [
      { from: initiatingEntity, to: terminatingEntity, content: request.content },
      ...responses.map(({ content }) => ({ from: terminatingEntity, to: initiatingEntity, content })),
    ]);
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
