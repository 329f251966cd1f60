// Two AEs meet through containers of a CSE that neither of them trusts, and that drops what NOTIFYs answer, as
// deployed CSEs do. Everything in one process; the CSE is the stand-in of e2ekey/testing. In a clone, after `npm ci`:
//   npx node examples/two-aes-containers.ts
import { readFileSync } from 'node:fs';
import { credentials, Endpoint, trust } from 'e2ekey';
import { ContainerCarrier, ContainerReceiver, httpSender, requestHandler } from 'e2ekey/onem2m';
import { transitCse } from 'e2ekey/testing';

const read = (file: string) => readFileSync(new URL(`../certs/${file}`, import.meta.url), 'utf8');
const root = trust.anchors(read('root.pem'));
const [one, two] = ['//m2m.example.com/cse-a/Cae1', '//m2m.example.com/cse-a/Cae2'] as const;
const initiating = new Endpoint({
  id: one,
  credential: credentials.fromPem(read('cae1.pem'), read('cae1.key')),
  peers: [{ entity: two, flavour: 'ae-id', trust: root }],
});
const terminating = new Endpoint({
  id: two,
  credential: credentials.fromPem(read('cae2.pem'), read('cae2.key')),
  peers: [{ entity: one, flavour: 'ae-id', trust: root }],
});

const cse = await transitCse({ id: '//m2m.example.com/cse-t', deviations: ['responseContentDropped'] });
const sender = httpSender(cse.url);

// The terminating AE makes its inbox, a <container>, and answers what comes into it.
const handler = requestHandler({ endpoint: terminating, targets: [two] });
const receiver = new ContainerReceiver(sender, handler, { id: two, pollInterval: 20 });
console.log(`${two} has the inbox ${await receiver.open()}`);

// The initiating AE makes one for the answers, with its first message.
const carrier = new ContainerCarrier(sender, { pollInterval: 20 });
const key = await initiating.establish(two, carrier);
console.log(`${one} has the key ${key.id}`);
const same = await terminating.key(key.id);
console.log(`${two} has ${same?.secret?.equals(key.secret) ? 'the same one' : 'another one'}`);
console.log(`the CSE keeps ${cse.resources.length} resources for the two`);

await carrier.close();
await receiver.close();
console.log(`and after both have gone, ${cse.resources.length}`);
await cse.close();
await Promise.all([initiating.close(), terminating.close()]);
