// e2ekey listen
import type { EndpointCredential } from '../endpoint/credentials.ts';
import { refuse } from '../errors.ts';
import { listen, type Outcome } from '../interop/listener.ts';
import type { Command, ExitCode } from './command.ts';
import { readCertificates } from './credential-files.ts';
import { onEndSignal } from './end-signals.ts';
import { exitCodes, failureDocument } from './failure.ts';
import type { Values } from './options.ts';
import type { Output } from './output.ts';
import { stapleObjection } from './own-staple.ts';
import { credentialsOf, keyLifetime, offerOf, tlsEndpointOf } from './procedure.ts';
import { procedureOptions } from './procedure-options.ts';
import { isOnePeer, peersOf } from './procedure-peers.ts';
import { checkRevealing, keyDocument, keyText } from './procedure-result.ts';
import { readStaple } from './status-evidence.ts';

const options = {
  port: {
    type: 'integer',
    least: 0,
    most: 65_535,
    placeholder: 'N',
    required: true,
    about: 'Port; 0 picks a free one.',
  },
  host: { type: 'text', placeholder: 'ADDRESS', about: 'Address to listen on; default 127.0.0.1.' },
  count: {
    type: 'integer',
    least: 1,
    most: 999_999_999,
    placeholder: 'N',
    about: 'End after N handshakes, finished or failed.',
  },
  'client-auth': {
    type: 'text',
    placeholder: 'WHETHER',
    oneOf: ['require', 'request', 'none'],
    about:
      'Whether the other end-point has to authenticate itself; default require. Without it there is no key; a pre-shared key always authenticates.',
  },
  staple: {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about:
      'OCSP response in DER or PEM for the credential at the same place, stapled where the other end-point asks (RFC 6066 §8). One that it would refuse is stapled all the same, with a warning.',
  },
  ...procedureOptions,
} as const;

export const command: Command<typeof options> = {
  description:
    'Waits for any TLS 1.2 stack over TCP and runs the E2EKey procedure as terminating end-point. With --json the first line says where it listens, and each further line is a handshake that ended. Over the finished connection it answers an HTTP GET with the report of that handshake. Ends on SIGINT and SIGTERM.',
  options,
  role: 'terminating',
  serves: true,
  async run(values, output) {
    const host = values.host ?? '127.0.0.1';
    checkRevealing(values, host);
    const clientAuthentication = values['client-auth'] ?? 'require';
    if (clientAuthentication === 'none' && values.expect.length > 0 && values['psk-identity'].length === 0)
      refuse('OPTION_INVALID', '--expect expects somebody, and --client-auth none asks nobody who he is');
    if (clientAuthentication === 'none' && (values.crl.length > 0 || (values.revocation ?? 'off') !== 'off'))
      refuse(
        'OPTION_INVALID',
        '--crl and --revocation look somebody up, and --client-auth none asks nobody who he is',
      );
    const peers = peersOf(values, 'initiating', { anybody: clientAuthentication === 'none' });
    const expected = isOnePeer(peers);
    const own = stapled(values, output);
    const endpoint = tlsEndpointOf(values, own, { peers, expected, clientAuthentication });
    warn(values, own, endpoint.clock(), output);
    const ended = Promise.withResolvers<ExitCode>();
    let left = values.count ?? Number.POSITIVE_INFINITY;
    let worst: ExitCode = 0;
    const onOutcome = (outcome: Outcome) => {
      // What was in hand when the last one counted may still end: it is not counted and not shown.
      if (left === 0) return;
      left -= 1;
      if (!('error' in outcome)) {
        const finished = 'key' in outcome ? outcome.key : outcome.connection;
        output.result(keyDocument(finished, values), keyText(finished, values));
      } else {
        output.result(
          failureDocument(outcome.error, 'terminating', null),
          `refused: ${outcome.error.code}: ${outcome.error.message}`,
        );
        worst = Math.max(worst, exitCodes[outcome.error.blame]) as ExitCode;
      }
      // Only somebody who counts waits for a verdict; otherwise each line is one.
      if (left === 0) ended.resolve(worst);
    };
    const listener = await listen({ host, port: values.port, endpoint, keyLifetime, onOutcome });
    // Whoever reads that line may end us at once.
    const forget = onEndSignal(() => ended.resolve(0));
    output.result(
      { status: 'listening', host, port: listener.port },
      `listening on ${host} port ${listener.port}`,
    );
    const code = await ended.promise;
    await listener.close();
    forget();
    return code;
  },
};

type ListenValues = Values<typeof options>;

/** What a lab may want, and nobody else. */
function warn(values: ListenValues, own: readonly EndpointCredential[], time: Date, output: Output): void {
  const { certificateProfile: profile } = offerOf(values);
  const others = readCertificates('--trust', values.trust);
  for (const [index, file] of values.staple.entries()) {
    const credential = own[index];
    const objection = credential && stapleObjection(credential, others, { time, profile });
    if (objection) output.note(`warning: --staple ${file}: ${objection}`);
  }
  if (values.revocation === 'required' && values.crl.length === 0)
    output.note(
      'warning: --revocation required without --crl refuses every certificate: an initiating end-point staples nothing (RFC 6066 §8)',
    );
}

/** The credentials with the OCSP responses that belong to them. */
function stapled(values: ListenValues, output: Output): EndpointCredential[] {
  const own = credentialsOf(values, output);
  if (values.staple.length > own.length)
    refuse(
      'OPTION_INVALID',
      `--staple is given ${values.staple.length} times for ${own.length} of --credential`,
    );
  return own.map((credential, index) => {
    const file = values.staple[index];
    return file === undefined ? credential : { ...credential, staple: readStaple(file) };
  });
}
