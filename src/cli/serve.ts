// e2ekey serve
import { establishedReport } from '../endpoint/report.ts';
import type { RevocationEvent } from '../endpoint/revocation-event.ts';
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
    'Answers E2EKey Messages as the end-point that the configuration describes: over HTTP and HTTPS, and through containers of the CSEs that it names. With --json the first line says where it listens, and each further line is an inbox that is ready, a new key, a refusal, a CSE that cannot be reached, or what became of a CRL, of our own OCSP response, and of keys that were revoked by them. Ends on SIGTERM or SIGINT when the requests in hand are answered and what was made at the CSEs is removed.',
  options,
  role: 'terminating',
  serves: true,
  async run(values, output) {
    const config = readServiceConfig(values.config);
    const onWarning = (sentence: string) => output.note(`warning: ${sentence}`);
    if (values.check) {
      await checkService(config, { onWarning });
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
      onRevocation: event => output.result(event, revocationText(event)),
      onWarning,
      onReceiving: (cse, inbox) =>
        output.result({ status: 'receiving', cse, inbox }, `receives at ${cse}, inbox ${inbox}`),
      onCseFault: (cse, error) =>
        output.result(
          { cse, ...failureDocument(error, 'terminating', null) },
          `${cse}: ${error.code}: ${error.message}`,
        ),
    });
    const { host, port, url } = service;
    // Whoever reads the line may end us at once.
    const ended = Promise.withResolvers<void>();
    const forget = onEndSignal(ended.resolve);
    output.result({ status: 'listening', host, port }, `${config.id} listens on ${url}`);
    await ended.promise;
    await service.close();
    forget();
    return 0;
  },
};

function revocationText(event: RevocationEvent): string {
  switch (event.event) {
    case 'list refreshed':
      return `CRL ${event.crlNumber} of ${event.issuer}, ${event.entries} revoked, until ${event.nextUpdate.toISOString()} (${event.source})`;
    case 'list expired':
      return `CRL ${event.crlNumber} of ${event.issuer} is out of date since ${event.nextUpdate.toISOString()}: its peers are refused`;
    case 'staple refreshed':
      return `OCSP response for ${event.certificate}, until ${event.until.toISOString()} (${event.source})`;
    case 'staple expired':
      return `the OCSP response for ${event.certificate} is out of date since ${event.until.toISOString()}: none is stapled`;
    case 'refresh refused':
    case 'refresh failed':
      return `${event.of === 'list' ? 'CRL of' : 'OCSP response for'} ${event.subject} (${event.source}): ${event.code}: ${event.message}`;
    case 'store failed':
      return `the store: ${event.code}: ${event.message}`;
    case 'key revoked':
      return `key ${event.keyId} with ${event.entity} is revoked: certificate ${event.serial} of ${event.issuer}, says CRL ${event.crlNumber}`;
  }
}
