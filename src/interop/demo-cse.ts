// The terminating CSE of the demonstration, in a process of its own: an end-point with a store, which makes keys, opens the
// protected primitives that come with them, and keeps what they bring. Tells what happens in lines of JSON.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { credentials, trust } from '../endpoint/credentials.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { readSealingKey } from '../endpoint/sealing.ts';
import { sqlite } from '../endpoint/stores.ts';
import { httpListener } from '../onem2m/http-listener.ts';
import { type RequestPrimitive, type ResponsePrimitive, refusal, respond } from '../onem2m/primitive.ts';
import { requestHandler } from '../onem2m/request-handler.ts';
import { isObject } from '../onem2m/serialisation/json.ts';
import { writeTimestamp } from '../onem2m/timestamp.ts';
import { EsPrimHandler } from '../protection/esprim/handler.ts';
import { endpointKeys } from '../protection/esprim/keys.ts';
import { initiatingEntity, labFiles, terminatingEntity } from './demo-lab.ts';

/** Runs until SIGTERM. @param folder of the lab */
export async function runDemoCse(folder: string): Promise<void> {
  const file = (name: keyof typeof labFiles) => join(folder, labFiles[name]);
  const read = (name: keyof typeof labFiles) => readFileSync(file(name), 'utf8');
  const endpoint = new Endpoint({
    id: terminatingEntity,
    credential: credentials.fromPem(read('certificate'), read('key')),
    peers: [
      {
        entity: initiatingEntity,
        flavour: 'ae-id',
        trust: trust.anchors(read('root')),
        exportIndicator: 'required',
      },
    ],
    store: sqlite(file('store'), { sealWith: readSealingKey(readFileSync(file('seal'))) }),
    onKey: ({ id, state }) => tell({ status: 'established', keyId: id, state }),
  });
  const esprim = new EsPrimHandler({
    id: endpoint.id,
    keys: endpointKeys(endpoint),
    dispatch: async (request, { entity }) => {
      const [key] = await endpoint.keys({ entity });
      tell({ status: 'opened', from: entity, to: request.to, text: textIn(request), state: key?.state });
      return keep(request);
    },
  });
  const handler = requestHandler({ endpoint, targets: [endpoint.id], esprim });
  const server = createServer(
    httpListener(handler, error => tell({ status: 'failed', error: String(error) })),
  );
  process.once('SIGTERM', () => {
    server.close(() => void endpoint.close());
    server.closeIdleConnections();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  tell({ status: 'listening', port: (server.address() as AddressInfo).port });
}

/** The content of a `<contentInstance>` to be created. */
function textIn({ content }: Pick<RequestPrimitive, 'content'>): string | null {
  const instance = isObject(content) ? content['m2m:cin'] : undefined;
  return isObject(instance) && typeof instance.con === 'string' ? instance.con : null;
}

/** What every CSE does with a CREATE; here there is one container, and one instance in it. */
function keep(request: RequestPrimitive): ResponsePrimitive {
  const text = textIn(request);
  if (request.operation !== 'create' || text === null)
    return refusal(request, 'NOT_IMPLEMENTED', 'only <contentInstance>s are kept here');
  const instance = { rn: 'first', ty: 4, ct: writeTimestamp(new Date()), con: text };
  return respond(request, 2001, { 'm2m:cin': instance });
}

function tell(document: object): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}
