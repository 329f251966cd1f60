// An AE that is registered at the CSE, as far as the two AEs need one for their contents.
import type { RequestPrimitive, ResponsePrimitive } from '../../../src/onem2m/primitive.ts';
import type { Sender } from '../../../src/onem2m/sender.ts';

type Request = Pick<RequestPrimitive, 'operation' | 'to'> & Partial<RequestPrimitive>;

export interface RegisteredAe {
  readonly address: string;
  /** AE-ID-Stem. */
  readonly id: string;
  request(request: Request, signal?: AbortSignal): Promise<ResponsePrimitive>;
  /** Gives the attributes of what was made. */
  create(parent: string, resourceType: number, content: object): Promise<Readonly<Record<string, unknown>>>;
  /** With everything below it. */
  remove(): Promise<void>;
}

/** Milliseconds for one request, a long poll too. */
const patience = 30_000;

export async function registered(sender: Sender, stem: string, attributes: object): Promise<RegisteredAe> {
  let requests = 0;
  let from = stem;
  const request: RegisteredAe['request'] = (primitive, signal) =>
    sender.send(
      { from, requestIdentifier: `${stem}-${++requests}`, releaseVersionIndicator: '3', ...primitive },
      signal === undefined
        ? AbortSignal.timeout(patience)
        : AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    );
  const create: RegisteredAe['create'] = async (to, resourceType, content) => {
    const response = await request({ operation: 'create', to, resourceType, content });
    const [made] = Object.values(response.content as Record<string, Record<string, unknown>>);
    if (response.responseStatusCode !== 2001 || made === undefined)
      throw new Error(`CREATE below ${to}: ${JSON.stringify(response)}`);
    return made;
  };
  const address = `base/${stem.toLowerCase()}`;
  const registration = { rn: stem.toLowerCase(), api: 'Nfar', rr: 'poa' in attributes, srv: ['3'] };
  const { aei } = await create('base', 2, { 'm2m:ae': { ...registration, ...attributes } });
  from = String(aei);
  return {
    address,
    id: from,
    request,
    create,
    async remove() {
      await request({ operation: 'delete', to: address });
    },
  };
}
