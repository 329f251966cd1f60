// e2ekey serve
import { establishedReport } from '../endpoint/report.ts';
import { checkService, startService } from '../service/service.ts';
import type { Command } from './command.ts';
import { onEndSignal } from './end-signals.ts';
import { failureDocument } from './failure.ts';
import { readServiceConfig } from './key-store.ts';

const options = {
  config: {
    type: 'text',
    placeholder: 'FILE',
    required: true,
    about: 'The configuration, JSON; E2EKEY_LISTEN_PORT and so on override it.',
  },
  check: { type: 'flag', about: 'Check the configuration and everything it names, and end.' },
} as const;

export const command: Command<typeof options> = {
  description:
    'Answers E2EKey Messages as the end-point that the configuration describes: over HTTP and HTTPS, and through containers of the CSEs that it names. With --json the first line says where it listens, and each further line is an inbox that is ready, a new key, a refusal, or a CSE that cannot be reached. Ends on SIGTERM or SIGINT when the requests in hand are answered and what was made at the CSEs is removed.',
  options,
  role: 'terminating',
  serves: true,
  async run(values, output) {
    const config = readServiceConfig(values.config);
    if (values.check) {
      await checkService(config);
      output.result({ status: 'valid' }, `${values.config} is valid`);
      return 0;
    }
    const service = await startService(config, {
      onKey: key => output.result(establishedReport(key), `key ${key.id} with ${key.entity}, ${key.suite}`),
      onRefusal: error =>
        output.result(
          failureDocument(error, 'terminating', null),
          `refused: ${error.code}: ${error.message}`,
        ),
      onReceiving: (cse, inbox) =>
        output.result({ status: 'receiving', cse, inbox }, `receives at ${cse}, inbox ${inbox}`),
      onCseFault: (cse, error) =>
        output.result(
          { cse, ...failureDocument(error, 'terminating', null) },
          `${cse}: ${error.code}: ${error.message}`,
        ),
    });
    const { host, port, url } = service;
    output.result({ status: 'listening', host, port }, `${config.id} listens on ${url}`);
    const ended = Promise.withResolvers<void>();
    const forget = onEndSignal(ended.resolve);
    await ended.promise;
    forget();
    await service.close();
    return 0;
  },
};
