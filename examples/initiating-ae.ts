// An AE that looks whether a CSE makes E2EKeys, and then makes one with it. In a clone, after `npm ci`, while
// examples/terminating-cse.ts runs:
//   npx node examples/initiating-ae.ts [URL]      (http://127.0.0.1:8080 unless given)
import { readFileSync } from 'node:fs';
import { credentials, Endpoint, trust } from 'e2ekey';
import { httpSender, notifyCarrier } from 'e2ekey/onem2m';

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

// Only a hint where to try: who the CSE is, its certificate says in the procedure.
const { content } = await sender.send(
  {
    operation: 'retrieve',
    to: '/cse-b',
    from: endpoint.id,
    requestIdentifier: 'r1',
    releaseVersionIndicator: '3',
  },
  AbortSignal.timeout(10_000),
);
const { esi } = (content as { 'm2m:cb': { esi?: { esf: number[] } } })['m2m:cb'];
console.log(`${cse.entity} announces ${esi === undefined ? 'nothing' : esi.esf.join(', ')}`);

const key = await endpoint.establish(cse.entity, notifyCarrier(sender));
console.log(`key ${key.id} with ${key.entity}, until ${key.expires.toISOString()}`);
await endpoint.close();
