// A CSE that makes E2EKeys and answers protected primitives: what CSEs between it and an AE can neither read nor change.
// In a clone, after `npm ci`:
//   npx node examples/esprim-cse.ts [PORT]      (8080 unless given)
// and then, in another terminal, examples/esprim-ae.ts.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { credentials, Endpoint, trust } from 'e2ekey';
import { httpListener, requestHandler } from 'e2ekey/onem2m';
import { EsPrimHandler, endpointKeys } from 'e2ekey/protection';

const read = (file: string) => readFileSync(new URL(`../certs/${file}`, import.meta.url), 'utf8');
const endpoint = new Endpoint({
  id: '//m2m.example.com/cse-b',
  credential: credentials.fromPem(read('cse-b.pem'), read('cse-b.key')),
  peers: [
    { entity: '//m2m.example.com/cse-a/Cae1', flavour: 'ae-id', trust: trust.anchors(read('root.pem')) },
  ],
});

// What this CSE does with a request, which came from whom the key is bound to.
const esprim = new EsPrimHandler({
  id: endpoint.id,
  keys: endpointKeys(endpoint),
  dispatch: async ({ operation, to }, { entity }) => {
    console.log(`${entity}: ${operation} ${to}`);
    return { responseStatusCode: 2000, content: { 'm2m:cin': { con: '21.5' } } };
  },
});

const handler = requestHandler({ endpoint, targets: [endpoint.id], esprim });
const server = createServer({ requestTimeout: 20_000 }, httpListener(handler, console.error));
server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : '';
  console.log(`${endpoint.id} listens on http://127.0.0.1:${port}`);
});

process.once('SIGTERM', end).once('SIGINT', end);
async function end(): Promise<void> {
  server.close();
  server.closeAllConnections();
  await endpoint.close();
}
