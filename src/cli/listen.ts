// e2ekey listen
import { listen, type Outcome } from '../interop/listener.ts';
import type { Command, ExitCode } from './command.ts';
import { onEndSignal } from './end-signals.ts';
import { exitCodes, failureDocument } from './failure.ts';
import { checkRevealing, keyDocument, keyLifetime, keyText, tlsEndpointOf } from './procedure.ts';
import { procedureOptions } from './procedure-options.ts';

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
  ...procedureOptions,
} as const;

export const command: Command<typeof options> = {
  description:
    'Waits for any TLS 1.2 stack over TCP and runs the E2EKey procedure as terminating end-point. With --json the first line says where it listens, and each further line is a handshake that ended. Over the finished connection it answers an HTTP GET with the report of that handshake. Ends on SIGINT and SIGTERM.',
  options,
  role: 'terminating',
  async run(values, output) {
    const host = values.host ?? '127.0.0.1';
    checkRevealing(values, host);
    const endpoint = tlsEndpointOf(values, { expected: values.expect.length === 1, serverName: null });
    const ended = Promise.withResolvers<ExitCode>();
    let left = values.count ?? Number.POSITIVE_INFINITY;
    let worst: ExitCode = 0;
    const onOutcome = (outcome: Outcome) => {
      // What was in hand when the last one counted may still end: it is not counted and not shown.
      if (left === 0) return;
      left -= 1;
      if ('key' in outcome) output.result(keyDocument(outcome.key, values), keyText(outcome.key, values));
      else {
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
    output.result(
      { status: 'listening', host, port: listener.port },
      `listening on ${host} port ${listener.port}`,
    );
    const forget = onEndSignal(() => ended.resolve(0));
    const code = await ended.promise;
    forget();
    await listener.close();
    return code;
  },
};
