// e2ekey establish
import type { PeerEntry } from '../certificates/trust.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { E2EKeyError, refuse } from '../errors.ts';
import type { Connection } from '../handshake/session.ts';
import { isDomainName, toAbsolute } from '../identifiers/entity.ts';
import { establishOverTls } from '../interop/establish.ts';
import type { PairwiseE2EKey } from '../keys/pairwise-e2e-key.ts';
import type { Command } from './command.ts';
import { onEndSignal } from './end-signals.ts';
import { carrierOptions, openCarrier, refuseCarrierOptions } from './establish-carrier.ts';
import { openSealedStore, storeOptions } from './key-store.ts';
import type { Values } from './options.ts';
import type { Output } from './output.ts';
import {
  clockOf,
  credentialsOf,
  crlsOf,
  keyLifetime,
  offerOf,
  presharedKeysOf,
  timeoutOf,
  tlsEndpointOf,
} from './procedure.ts';
import { procedureOptions } from './procedure-options.ts';
import { peersOf } from './procedure-peers.ts';
import { checkRevealing, keyDocument, keyText } from './procedure-result.ts';

const options = {
  target: {
    type: 'operand',
    placeholder: 'TARGET',
    about:
      'tls://HOST:PORT for any TLS 1.2 stack over TCP, or http(s)://… of the other end-point, or of a CSE between; see --carrier.',
  },
  to: {
    type: 'text',
    placeholder: 'ENTITY',
    about:
      'The terminating end-point, for http targets: the entity of --expect, and needed where that says only what stands in the certificate.',
  },
  origin: {
    type: 'text',
    placeholder: 'ENTITY',
    about: 'Our own identity, absolute; needed for http targets.',
  },
  'server-name': {
    type: 'text',
    placeholder: 'NAME',
    about: 'Host name for server_name (RFC 6066 §3), for tls targets; default HOST, if it is a domain name.',
  },
  store: {
    ...storeOptions.store,
    about:
      'Keep the key in this SQLite file, which is made if it is not there; with --seal, for http targets. Without it the key is gone when the command ends.',
  },
  seal: storeOptions.seal,
  ...carrierOptions,
  ...procedureOptions,
} as const;

export const command: Command<typeof options> = {
  description:
    'Runs the E2EKey procedure as initiating end-point with one peer and reports the key: its ID, never the key itself unless --reveal-key is given. With --store the key lasts, and protect and unprotect use it.',
  options,
  role: 'initiating',
  async run(values, output) {
    if (!URL.canParse(values.target))
      refuse(
        'OPTION_INVALID',
        `TARGET ${JSON.stringify(values.target)} is no URL with a host and a port up to 65535`,
      );
    const target = new URL(values.target);
    const run = runners.get(target.protocol);
    if (!run)
      return refuse(
        'OPTION_INVALID',
        `TARGET must begin with tls://, http:// or https://, not ${JSON.stringify(values.target)}`,
      );
    checkRevealing(values, target.hostname.replace(/^\[|\]$/g, ''));
    const key = await run(target, values, output);
    output.result(keyDocument(key, values), keyText(key, values));
    return 0;
  },
};

type EstablishValues = Values<typeof options>;

type Runner = (target: URL, values: EstablishValues, output: Output) => Promise<PairwiseE2EKey | Connection>;

const runners: ReadonlyMap<string, Runner> = new Map<string, Runner>([
  ['tls:', overTls],
  ['http:', overHttp],
  ['https:', overHttp],
]);

async function overTls(
  target: URL,
  values: EstablishValues,
  output: Output,
): Promise<PairwiseE2EKey | Connection> {
  const { hostname, port, username, password, pathname, search, hash } = target;
  if (port === '' || port === '0')
    refuse('OPTION_INVALID', 'TARGET tls://HOST:PORT needs a port from 1 to 65535');
  if (username !== '' || password !== '' || !['', '/'].includes(pathname) || search !== '' || hash !== '')
    refuse('OPTION_INVALID', 'TARGET tls://HOST:PORT has a host and a port and nothing else');
  if (values.to !== undefined)
    refuse('OPTION_INVALID', '--to is for http targets: nobody passes a TLS connection on');
  for (const option of ['store', 'seal'] as const)
    if (values[option] !== undefined)
      refuse('OPTION_INVALID', `--${option} is for http targets: their keys belong to oneM2M entities`);
  refuseCarrierOptions(values);
  const host = hostname.replace(/^\[|\]$/g, '');
  const named = values['server-name'];
  if (named !== undefined && !isHostName(named))
    refuse('OPTION_INVALID', `--server-name ${JSON.stringify(named)} is no host name (RFC 6066 §3)`);
  const serverName = named ?? (isHostName(host) && host.includes('.') ? host : null);
  const peers = onePeer(values);
  const expected = peers.every(({ flavour }) => flavour !== 'any');
  const endpoint = tlsEndpointOf(values, credentialsOf(values, output), { peers, expected, serverName });
  return establishOverTls({ host, port: Number(port) }, endpoint, keyLifetime);
}

async function overHttp(target: URL, values: EstablishValues, output: Output): Promise<PairwiseE2EKey> {
  if (values['server-name'] !== undefined)
    refuse('OPTION_INVALID', '--server-name is for tls targets; it follows from the peer here');
  if (values['certificate-profile'] === 'rfc5280')
    refuse('OPTION_INVALID', '--certificate-profile rfc5280 is for tls targets');
  if (values.profile === 'interop')
    refuse('OPTION_INVALID', '--profile interop is for tls targets: those of oneM2M have its profile');
  for (const option of ['groups', 'signature-schemes'] as const)
    if (values[option] !== undefined) refuse('OPTION_INVALID', `--${option} is for tls targets`);
  const named = values.to === undefined ? null : absoluteOf(values.to, values.origin);
  const peers = onePeer(values, named);
  const [peer] = peers;
  if (values.expect.length === 0 || peer === undefined)
    return refuse('OPTION_INVALID', '--expect is missing: an http target needs it');
  if (values.expect.length > 1)
    return refuse('OPTION_INVALID', '--expect is given twice; the procedure has one terminating end-point');
  const to = named ?? peer.entity;
  if (to === null)
    return refuse(
      'OPTION_INVALID',
      `--to is missing: --expect ${values.expect} says what stands in the certificate, and not which entity has it`,
    );
  const origin = values.origin ?? refuse('OPTION_INVALID', '--origin is missing: From is our own identity');
  const { store, seal } = values;
  if (store === undefined && seal !== undefined)
    refuse('OPTION_INVALID', '--seal is for --store, which is missing');
  const lists = crlsOf(values);
  const endpoint = new Endpoint({
    id: origin,
    credential: credentialsOf(values, output),
    presharedKey: presharedKeysOf(values),
    peers,
    suites: offerOf(values).suites,
    ...(lists !== null && { revocation: { crls: lists.crls.map(({ der }) => der) } }),
    clock: clockOf(values),
    times: { keyLifetime, procedure: timeoutOf(values) },
    ...(store !== undefined && { store: openSealedStore({ store, seal }) }),
  });
  const ended = new AbortController();
  const forget = onEndSignal(() => ended.abort());
  try {
    const { carrier, close } = await openCarrier(target, values);
    try {
      return await endpoint.establish(to, carrier, { signal: ended.signal });
    } catch (cause) {
      if (!ended.signal.aborted) throw cause;
      return refuse('REQUEST_EXPIRED', 'SIGINT or SIGTERM came before the procedure was finished', { cause });
    } finally {
      // Also after a failure. What became of the procedure matters more than what is left behind.
      await close().catch(error => {
        const reason = error instanceof E2EKeyError ? error.message : 'an unexpected error';
        output.note(`e2ekey: what was made at ${target.host} could not be removed: ${reason}`);
      });
    }
  } finally {
    await endpoint.close();
    forget();
  }
}

/** The one terminating end-point: known by a pre-shared key, or otherwise. */
function onePeer(values: EstablishValues, named: string | null = null): PeerEntry[] {
  const identities = values['psk-identity'].length;
  if (identities > 1)
    refuse('OPTION_INVALID', '--psk-identity is given twice; the procedure has one terminating end-point');
  if (identities === 1 && (values.trust.length > 0 || values.pin.length > 0))
    refuse(
      'OPTION_INVALID',
      '--psk-identity does not go with --trust and --pin: one peer is known in one way',
    );
  return peersOf(values, 'terminating', { named });
}

/** A target in a relative form is read where we are at home. */
function absoluteOf(to: string, origin = ''): string {
  try {
    return toAbsolute(to, origin);
  } catch (cause) {
    return refuse(
      'OPTION_INVALID',
      `--to ${to}: no absolute CSE-ID or AE-ID, nor one that --origin completes (TS-0001 7.2)`,
      { cause },
    );
  }
}

/** No address in numbers (RFC 6066 §3). */
function isHostName(text: string): boolean {
  return isDomainName(text) && !/(?:^|\.)[0-9]+$/.test(text);
}
