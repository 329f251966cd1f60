// A small CSE on fastify that makes E2EKeys: three routes of its own, and the plug-in beside them. In a clone, after
// `npm ci`:
//   npx node examples/terminating-cse.ts [PORT]      (8080 unless given)
// and then, in another terminal, examples/initiating-ae.ts.
import { readFileSync } from 'node:fs';
import { credentials, Endpoint, trust } from 'e2ekey';
import { e2eKeyPlugin } from 'e2ekey/fastify';
import { e2eSecInfo } from 'e2ekey/onem2m';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';

const read = (file: string) => readFileSync(new URL(`../certs/${file}`, import.meta.url), 'utf8');
const endpoint = new Endpoint({
  id: '//m2m.example.com/cse-b',
  credential: credentials.fromPem(read('cse-b.pem'), read('cse-b.key')),
  peers: [
    { entity: '//m2m.example.com/cse-a/Cae1', flavour: 'ae-id', trust: trust.anchors(read('root.pem')) },
  ],
  onKey: key => console.log(`key ${key.id} with ${key.entity}`),
});

const cse = fastify();
// What makes it an E2EKey end-point.
await cse.register(e2eKeyPlugin, { endpoint, targets: [endpoint.id] });

// What it does as a CSE, as far as this example goes.
cse.get('/~/cse-b', (request, reply) =>
  respond(request, reply, 2000, {
    'm2m:cb': { ty: 5, ri: 'cse-b', rn: 'base', csi: '/cse-b', srv: ['3'], esi: e2eSecInfo(endpoint) },
  }),
);
const registered: unknown[] = [];
cse.post('/~/cse-b', (request, reply) => {
  registered.push(request.body);
  return respond(request, reply, 2001, { 'm2m:ae': { ty: 2, aei: `C${registered.length}` } });
});
cse.post('/~/cse-b/*', (request, reply) => respond(request, reply, 2000, undefined));

function respond({ headers }: FastifyRequest, reply: FastifyReply, rsc: number, content: unknown) {
  return reply
    .code(rsc === 2001 ? 201 : 200)
    .headers({ 'X-M2M-RSC': rsc, 'X-M2M-RI': headers['x-m2m-ri'], 'X-M2M-RVI': headers['x-m2m-rvi'] })
    .send(content);
}

const url = await cse.listen({ host: '127.0.0.1', port: Number(process.argv[2] ?? 8080) });
console.log(`${endpoint.id} listens on ${url}`);

process.once('SIGTERM', end).once('SIGINT', end);
async function end(): Promise<void> {
  await cse.close();
  await endpoint.close();
}
