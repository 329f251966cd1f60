// How `establish` uses an HTTP target: from its options to the carrier, with the TLS of the hop. Knows no procedure.
import { X509Certificate } from 'node:crypto';
import type { Carrier } from '../endpoint/carrier.ts';
import { refuse } from '../errors.ts';
import { ContainerCarrier } from '../onem2m/containers/carrier.ts';
import type { Receive } from '../onem2m/containers/options.ts';
import { e2eKeyCseCarrier } from '../onem2m/e2ekeycse-carrier.ts';
import { httpSender } from '../onem2m/http-sender.ts';
import { notifyCarrier } from '../onem2m/notify-carrier.ts';
import type { Sender } from '../onem2m/sender.ts';
import { naming } from '../service/files.ts';
import { openPointOfAccess, type PointOfAccess } from '../service/point-of-access.ts';
import { readCertificates } from './credential-files.ts';
import type { OptionTable, Values } from './options.ts';

export const carrierOptions = {
  carrier: {
    type: 'text',
    placeholder: 'CARRIER',
    oneOf: ['notify', 'e2ekeycse', 'containers'],
    about:
      'How an http target is used: a NOTIFY to the other end-point for each message (default); a NOTIFY to the virtual resource e2EKeyCSE of a CSE; content instances in containers of the target, for CSEs that pass no NOTIFY on, or not its response. What is made there is removed at the end.',
  },
  'hop-trust': {
    type: 'text',
    placeholder: 'FILE',
    repeatable: true,
    about:
      "Trust anchors for the certificate of the https target's server, PEM; without it those of Node.js. The other end-point is not believed by them.",
  },
  'cse-base': {
    type: 'text',
    placeholder: 'ADDRESS',
    about:
      'With containers: address of the <CSEBase> below which ours are made; default -, and its resource name for a CSE that does not know that one.',
  },
  receive: {
    type: 'text',
    placeholder: 'HOW',
    oneOf: ['polling', 'notification', 'polling-channel'],
    about:
      'With containers, how answers come in: by looking for them (default), as notifications to --point-of-access, or through a <pollingChannel>.',
  },
  'point-of-access': {
    type: 'text',
    placeholder: 'URL',
    about:
      'With --receive notification: where we listen, and what the CSE is told; default http://127.0.0.1:0, where port 0 picks one.',
  },
} as const satisfies OptionTable;

type CarrierValues = Values<typeof carrierOptions>;

export interface OpenCarrier {
  readonly carrier: Carrier;
  /**
   * Removes what was made for it.
   *
   * @throws E2EKeyError CARRIER_FAILED when that did not succeed.
   */
  close(): Promise<void>;
}

/** @throws E2EKeyError OPTION_INVALID naming an option that has no effect for a tls target. */
export function refuseCarrierOptions(values: CarrierValues): void {
  for (const option of Object.keys(carrierOptions) as (keyof CarrierValues)[])
    if (isGiven(values[option])) refuse('OPTION_INVALID', `--${option} is for http targets`);
}

/** @throws E2EKeyError OPTION_INVALID naming the option that is wrong, or has no effect. */
export async function openCarrier(target: URL, values: CarrierValues): Promise<OpenCarrier> {
  const { carrier: kind = 'notify', receive = 'polling' } = values;
  if (kind !== 'containers')
    for (const option of ['cse-base', 'receive', 'point-of-access'] as const)
      if (isGiven(values[option])) refuse('OPTION_INVALID', `--${option} is for --carrier containers`);
  if (receive !== 'notification' && isGiven(values['point-of-access']))
    refuse('OPTION_INVALID', '--point-of-access is for --receive notification');
  const sender = httpSender(target.href, hopTrustOf(target, values));
  if (kind === 'containers') return containerCarrier(sender, values);
  return {
    carrier: kind === 'notify' ? notifyCarrier(sender) : e2eKeyCseCarrier(sender),
    close: async () => undefined,
  };
}

function isGiven(value: string | readonly string[] | undefined): boolean {
  return value !== undefined && value.length > 0;
}

function hopTrustOf(target: URL, { 'hop-trust': files }: CarrierValues): { ca?: string[] } {
  if (files.length === 0) return {};
  if (target.protocol !== 'https:')
    refuse('OPTION_INVALID', '--hop-trust is for https targets: nobody has a certificate over http');
  return {
    ca: files.flatMap(file =>
      readCertificates('--hop-trust', [file]).map(der => {
        try {
          return new X509Certificate(der).toString();
        } catch (cause) {
          return refuse('OPTION_INVALID', `--hop-trust ${file}: a certificate is malformed`, { cause });
        }
      }),
    ),
  };
}

async function containerCarrier(sender: Sender, values: CarrierValues): Promise<OpenCarrier> {
  const { 'cse-base': cseBase, receive = 'polling' } = values;
  const open = (how: Receive) =>
    naming(
      '--cse-base',
      () => new ContainerCarrier(sender, { ...(cseBase !== undefined && { cseBase }), receive: how }),
    );
  if (receive !== 'notification') {
    const carrier = open(receive === 'polling' ? 'polling' : 'polling channel');
    return { carrier, close: () => carrier.close() };
  }
  const made = Promise.withResolvers<ContainerCarrier>();
  const listening = await pointOfAccess(values, made.promise);
  try {
    const carrier = open({ pointOfAccess: listening.url });
    made.resolve(carrier);
    return { carrier, close: () => carrier.close().finally(listening.close) };
  } catch (error) {
    await listening.close();
    throw error;
  }
}

async function pointOfAccess(
  { 'point-of-access': given = 'http://127.0.0.1:0' }: CarrierValues,
  carrier: Promise<ContainerCarrier>,
): Promise<PointOfAccess> {
  const url = URL.parse(given);
  if (url?.protocol !== 'http:')
    return refuse(
      'OPTION_INVALID',
      `--point-of-access ${given} is no http: URL; there is no certificate for an https: one`,
    );
  return openPointOfAccess('--point-of-access', url, null, async request =>
    (await carrier).notified(request),
  );
}
