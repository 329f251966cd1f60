// An AE that makes a key with a CSE, and sends it a primitive that nobody between them can read or change. In a clone,
// after `npm ci`, while examples/esprim-cse.ts runs:
//   npx node examples/esprim-ae.ts [URL]      (http://127.0.0.1:8080 unless given)
import { readFileSync } from 'node:fs';
import { credentials, Endpoint, trust } from 'e2ekey';
import { httpSender, notifyCarrier } from 'e2ekey/onem2m';
import { EsPrimClient, endpointKeys } from 'e2ekey/protection';

const read = (file: string) => readFileSync(new URL(`../certs/${file}`, import.meta.url), 'utf8');
const cse = {
  entity: '//m2m.example.com/cse-b',
  flavour: 'cse-id',
  identifier: 'cse-b.m2m.example.com',
  trust: trust.anchors(read('root.pem')),
} as const;
const endpoint = new Endpoint({
  id: '//m2m.example.com/cse-a/Cae1',
  credential: credentials.fromPem(read('cae1.pem'), read('cae1.key')),
  peers: [cse],
});
const sender = httpSender(process.argv[2] ?? 'http://127.0.0.1:8080');
const key = await endpoint.establish(cse.entity, notifyCarrier(sender));
console.log(`key ${key.id} with ${key.entity}`);

const client = new EsPrimClient({
  from: endpoint.id,
  to: cse.entity,
  keys: endpointKeys(endpoint),
  sender,
});
const response = await client.send(
  { operation: 'retrieve', to: '/cse-b/-/temperature/la' },
  { signal: AbortSignal.timeout(10_000) },
);
console.log(response.responseStatusCode, JSON.stringify(response.content));
await endpoint.close();
