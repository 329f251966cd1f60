// Every code that a peer's certificate can be refused with, as stock TLS stacks see it: OpenSSL and GnuTLS present the
// certificate, over TCP and, flight by flight, in NOTIFYs, in both roles. They name the alert that they are sent, and
// the Response Status Code stands in the HTTP response.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import type { FaultCode } from '../../src/errors.ts';
import type { ForeignCredential, ForeignHandshake, ForeignPeer } from '../../src/interop/foreign-peer.ts';
import { gnutls } from '../../src/interop/peers/gnutls.ts';
import { openssl } from '../../src/interop/peers/openssl.ts';
import {
  type Authority,
  bitString,
  type CertificateOptions,
  certificatePem,
  der,
  extension,
  integer,
  keyFor,
  keyUsage,
  makeAuthority,
  objectIdentifier,
  octetString,
  sequence,
} from '../../src/testing/certificate-maker.ts';
import { makeCrl, makeOcspResponse } from '../../src/testing/status-maker.ts';
import { alertName } from '../../src/wire/alerts.ts';
import { listen } from '../cli/material.ts';
import { run } from '../cli/run.ts';
import { start } from '../cli/started.ts';
import { alertRecord } from '../refusals/bytes.ts';
import { cae1, configFile, cseB } from '../service/lab.ts';
import { within } from '../within.ts';
import { needed } from './needed.ts';
import { bridgeFromNotify, bridgeToNotify } from './notify-bridge.ts';

const stacks = new Map<ForeignPeer, Awaited<ReturnType<typeof needed>>>();
for (const stack of [openssl, gnutls]) stacks.set(stack, await needed(stack));

const folder = mkdtempSync(join(tmpdir(), 'e2ekey-refusals-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const root = makeAuthority({ subject: 'refusals root' });
const intermediate = root.authority({ subject: 'refusals intermediate', pathLen: 0 });
const anchors = fileOf('root.pem', certificatePem(root.der));
const key = keyFor('an end-point of refusals');
const keyFile = fileOf('private.key', key.export({ format: 'pem', type: 'pkcs8' }));

type Role = 'initiating' | 'terminating';

/** DER, what the stack presents in the role, its own first; null without certificate. */
type Chain = (role: Role) => readonly Uint8Array[] | null;

interface Refused {
  readonly name: string;
  readonly code: FaultCode;
  /** By its number (RFC 5246 §7.2.2), and the Response Status Code: a slip in the fault table shows here. */
  readonly alert: number;
  readonly rsc: 4103 | 4106;
  readonly chain: Chain;
  /** What we look at beside the chain: a CRL as a file, and how much has to be known. */
  readonly crl?: string;
  readonly revocation?: 'required';
  /** The OCSP response that a TLS server staples for its leaf (RFC 6066 §8). */
  readonly staple?: (leaf: Uint8Array) => Uint8Array;
  /** Stacks that do not present such a certificate. */
  readonly notIn?: readonly ForeignPeer[];
}

/** A right leaf but for the options, under the right intermediate or another issuer. */
function leaf(options: CertificateOptions = {}, issuer: Authority = intermediate): Chain {
  return role => {
    const names = [role === 'initiating' ? `uri:${cae1}` : 'dns:cse-b.m2m.example.com'];
    return [issuer.issue({ names, key, ...options }).der, issuer.der];
  };
}

const past = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-01-02T00:00:00Z') };
const future = { notBefore: new Date('2100-01-01T00:00:00Z') };
const otherRoot = makeAuthority({ subject: 'refusals root', key: keyFor('another root') });
const otherIntermediate = { subject: 'refusals intermediate', key: intermediate.key };

const malformed = { code: 'CERTIFICATE_MALFORMED', alert: 42, rsc: 4106 } as const;
const expired = { code: 'CERTIFICATE_EXPIRED', alert: 45, rsc: 4106 } as const;
const untrusted = { code: 'CERTIFICATE_UNTRUSTED', alert: 48, rsc: 4106 } as const;
const unsupported = { code: 'CERTIFICATE_UNSUPPORTED', alert: 43, rsc: 4106 } as const;
const revoked = { code: 'CERTIFICATE_REVOKED', alert: 44, rsc: 4106 } as const;
const unknown = { code: 'CERTIFICATE_STATUS_UNKNOWN', alert: 46, rsc: 4106 } as const;
const mismatch = { code: 'IDENTITY_MISMATCH', alert: 42, rsc: 4106 } as const;

const inEitherRole: readonly Refused[] = [
  {
    ...malformed,
    name: 'an extension twice (RFC 5280 4.2)',
    chain: leaf({ more: [extension('2.999.3', integer(1)), extension('2.999.3', integer(1))] }),
    // It reads no such certificate.
    notIn: [gnutls],
  },
  {
    ...malformed,
    name: 'a negative serial number (RFC 5280 4.1.2.2)',
    chain: leaf({ serial: Buffer.of(0x80) }),
  },
  {
    ...malformed,
    name: 'a BOOLEAN in BER (X.690 11.1)',
    chain: leaf({
      extensions: [
        sequence(
          objectIdentifier('2.5.29.15'),
          der(0x01, Buffer.of(1)),
          octetString(bitString(Buffer.of(0x80), 7)),
        ),
      ],
    }),
  },
  { ...expired, name: 'a certificate whose time is over (RFC 5280 6.1.3 (a)(2))', chain: leaf(past) },
  { ...expired, name: 'a certificate whose time has not come (RFC 5280 6.1.3 (a)(2))', chain: leaf(future) },
  {
    ...expired,
    name: 'an intermediate whose time is over (RFC 5280 6.1.3 (a)(2))',
    chain: leaf({}, root.authority({ ...otherIntermediate, ...past })),
  },
  {
    ...untrusted,
    name: 'the chain of another root with the same name (RFC 5280 6.1.3 (a)(1))',
    chain: leaf({}, otherRoot.authority({ subject: 'refusals intermediate' })),
  },
  {
    ...untrusted,
    name: 'a signature of somebody else (RFC 5280 6.1.3 (a)(1))',
    chain: leaf({
      editSignature: signature =>
        signature.map((byte, at) => (at === signature.length - 1 ? byte ^ 1 : byte)),
    }),
  },
  {
    ...untrusted,
    name: 'an issuer that is no authority (RFC 5280 6.1.4 (k))',
    chain: leaf(
      {},
      root.authority({ ...otherIntermediate, extensions: [keyUsage('digitalSignature', 'keyCertSign')] }),
    ),
  },
  {
    ...untrusted,
    name: 'a name outside the constraints of its issuer (RFC 5280 6.1.3 (b))',
    chain: leaf(
      {},
      root.authority({
        ...otherIntermediate,
        nameConstraints: { excluded: ['dns:m2m.example.com', 'uri:m2m.example.com'] },
      }),
    ),
  },
  {
    ...unsupported,
    name: 'a critical extension that nobody knows (RFC 5280 6.1.5 (f))',
    chain: leaf({ more: [extension('2.999.3', integer(1), true)] }),
  },
  {
    ...unsupported,
    name: 'a key that is not said to be for signatures (TS-0003 10.1.1.1)',
    chain: leaf({ extensions: [] }),
  },
  {
    ...mismatch,
    name: 'the certificate of somebody else (TS-0003 8.1.2.5)',
    chain: leaf({ names: ['uri://m2m.example.com/cse-a/Cae2', 'dns:cse-c.m2m.example.com'] }),
  },
  {
    ...revoked,
    name: 'a certificate that a CRL has (RFC 5280 6.3.3 (i))',
    chain: leaf({ serial: 0x7e }),
    crl: fileOf('revoked.crl', makeCrl({ issuer: intermediate, entries: [{ serial: '7e' }] })),
  },
  {
    ...revoked,
    name: 'an intermediate that a CRL has (RFC 5280 6.1.3 (a)(3))',
    chain: leaf(),
    crl: fileOf('root.crl', makeCrl({ issuer: root, entries: [{ serial: intermediate }] })),
  },
  {
    ...unknown,
    name: 'a CRL that was not replaced in time (RFC 5280 5.1.2.5)',
    chain: leaf(),
    crl: fileOf('stale.crl', makeCrl({ issuer: intermediate, nextUpdate: new Date('2026-01-02T00:00:00Z') })),
  },
  {
    ...unknown,
    name: 'a certificate of which nothing is known that has to be known (RFC 5280 6.1.3 (a)(3))',
    chain: leaf(),
    crl: fileOf('other.crl', makeCrl({ issuer: root })),
    revocation: 'required',
  },
];

const byTerminating: readonly Refused[] = [
  {
    ...revoked,
    name: 'a stapled response that says so (RFC 6960 2.2)',
    chain: leaf(),
    revocation: 'required',
    staple: own => makeOcspResponse({ ...about(own), status: 'revoked' }),
  },
  {
    code: 'STATUS_RESPONSE_BAD',
    alert: 113,
    rsc: 4106,
    name: 'a stapled response that is stale (RFC 6960 4.2.2.1)',
    chain: leaf(),
    revocation: 'required',
    staple: own => makeOcspResponse({ ...about(own), nextUpdate: new Date('2026-01-02T00:00:00Z') }),
  },
];

function about(own: Uint8Array) {
  return { issuer: intermediate, certificate: { der: own, key } };
}

/** TS-0003 8.7.2.1: each authenticates the other. A TLS server without certificate has no suite for it. */
const withoutCertificate: Refused = {
  name: 'no certificate (TS-0003 8.7.2.1)',
  code: 'PEER_CERTIFICATE_MISSING',
  alert: 40,
  rsc: 4106,
  chain: () => null,
};

const stranger = { code: 'PEER_NOT_ALLOWED', alert: 49, rsc: 4103 } as const;
const right = leaf();

/** Our own credentials, which the stacks trust. */
const our = {
  initiating: fileOf('cae1.pem', certificatePem(...(right('initiating') ?? []))),
  terminating: fileOf('cse-b.pem', certificatePem(...(right('terminating') ?? []))),
};
const asCae1 = ['--credential', our.initiating, '--key', keyFile, '--trust', anchors];
const asCseB = ['--credential', our.terminating, '--key', keyFile, '--trust', anchors];
const expectCseB = ['--expect', `${cseB}=cse-b.m2m.example.com`];

test('the codes of certificates in the fault table are all in these tests', () => {
  const seen = [...inEitherRole, ...byTerminating, withoutCertificate, stranger].map(({ code }) => code);
  assert.deepEqual([...new Set(seen)].toSorted(), [
    'CERTIFICATE_EXPIRED',
    'CERTIFICATE_MALFORMED',
    'CERTIFICATE_REVOKED',
    'CERTIFICATE_STATUS_UNKNOWN',
    'CERTIFICATE_UNSUPPORTED',
    'CERTIFICATE_UNTRUSTED',
    'IDENTITY_MISMATCH',
    'PEER_CERTIFICATE_MISSING',
    'PEER_NOT_ALLOWED',
    'STATUS_RESPONSE_BAD',
  ]);
});

for (const [stack, options] of stacks) {
  const presenting = (role: Role, chain: Chain) => ({
    credential: credentialOf(chain(role)),
    trust: { anchors },
    suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
  });
  const presented = (list: readonly Refused[]) => list.filter(({ notIn = [] }) => !notIn.includes(stack));

  for (const refused of presented([...inEitherRole, withoutCertificate])) {
    const { name, code, alert, rsc, chain } = refused;

    test(`listen tells ${stack.name} ${code}, ${alert}: ${name}`, options, async t => {
      const { port, listener } = await listen(t, ...asCseB, ...statusOptions(refused), '--expect', cae1);
      const foreign = await stack.initiate(port, presenting('initiating', chain));
      assertRefused(refused, 'terminating', await listener.line(), foreign);
    });

    test(
      `serve tells ${stack.name} behind NOTIFYs ${code}, ${alert} and ${rsc}: ${name}`,
      options,
      async t => {
        const { service, url } = await serve(t, refused);
        const { port, responses } = await bridgeToNotify(t, url, cae1);
        const foreign = await stack.initiate(port, presenting('initiating', chain));
        assertRefused(refused, 'terminating', await service.line(), foreign);
        assert.deepEqual(responses.at(-1), { status: 403, rsc, message: alertRecord(alert), code });
      },
    );
  }

  for (const refused of presented([...inEitherRole, ...byTerminating])) {
    const { name, code, alert, chain, staple } = refused;
    const judging = [...asCae1, ...statusOptions(refused)];
    const terminate = () => {
      const presented = chain('terminating');
      const response = staple?.(presented?.[0] ?? new Uint8Array());
      return stack.terminate({
        ...presenting('terminating', () => presented),
        ...(response && { staple: fileOf('staple.der', response) }),
      });
    };

    test(`establish tells ${stack.name} ${code}, ${alert}: ${name}`, options, async t => {
      const server = await terminate();
      t.after(server.stop);
      const { stdout } = await run(
        ...['establish', `tls://127.0.0.1:${server.port}`, ...judging, ...expectCseB, '--json'],
      );
      const foreign = await within(server.handshake, stack.name);
      assertRefused(refused, 'initiating', JSON.parse(stdout), foreign);
    });

    test(`establish tells ${stack.name} behind NOTIFYs ${code}, ${alert}: ${name}`, options, async t => {
      const server = await terminate();
      t.after(server.stop);
      const { url, requests } = await bridgeFromNotify(t, server.port);
      const { stdout } = await run(
        ...['establish', url, ...judging, ...expectCseB, '--origin', cae1, '--json'],
      );
      const foreign = await within(server.handshake, stack.name);
      assertRefused(refused, 'initiating', JSON.parse(stdout), foreign);
      // In the place of message 3 (TS-0003 8.7.2.2).
      assert.deepEqual(requests.slice(1), [alertRecord(alert)]);
    });
  }

  const notAllowed = { ...stranger, name: 'nobody whom we know', chain: right };

  test(
    `listen tells ${stack.name} PEER_NOT_ALLOWED, 49: none of those who are expected (TS-0003 8.1.2.4)`,
    options,
    async t => {
      const others = ['--expect', '//m2m.example.com/cse-a/Cae2', '--expect', '//m2m.example.com/cse-a/Cae3'];
      const { port, listener } = await listen(t, ...asCseB, ...others);
      const foreign = await stack.initiate(port, presenting('initiating', right));
      assertRefused(notAllowed, 'terminating', await listener.line(), foreign);
    },
  );

  test(
    `establish tells ${stack.name} PEER_NOT_ALLOWED, 49: a certificate that names nobody at all (TS-0003 8.1.2.5)`,
    options,
    async t => {
      const nobody = leaf({ subject: '', names: ['email:nobody@example.com'] });
      const server = await stack.terminate(presenting('terminating', nobody));
      t.after(server.stop);
      const words = [...asCae1, '--json'];
      const { stdout } = await run('establish', `tls://127.0.0.1:${server.port}`, ...words);
      const foreign = await within(server.handshake, stack.name);
      assertRefused(notAllowed, 'initiating', JSON.parse(stdout), foreign);
    },
  );

  test(
    `serve tells ${stack.name} behind NOTIFYs PEER_NOT_ALLOWED, 49 and 4103: a From without entry (TS-0003 8.1.2.4)`,
    options,
    async t => {
      const { service, url } = await serve(t);
      const { port, responses } = await bridgeToNotify(t, url, '//m2m.example.com/cse-a/Cae2');
      const foreign = await stack.initiate(port, presenting('initiating', right));
      assertRefused(notAllowed, 'terminating', await service.line(), foreign);
      const { rsc, alert, code } = stranger;
      assert.deepEqual(responses, [{ status: 403, rsc, message: alertRecord(alert), code }]);
    },
  );

  test(
    `the same chain without a flaw makes a key with ${stack.name} behind NOTIFYs, in either role`,
    options,
    async t => {
      const { service, url } = await serve(t);
      const to = await bridgeToNotify(t, url, cae1);
      const { output } = await stack.initiate(to.port, presenting('initiating', right));
      assert.equal((await service.line()).status, 'established', output);
      assert.deepEqual(
        to.responses.map(({ rsc }) => rsc),
        [2000, 2000],
      );
      const server = await stack.terminate(presenting('terminating', right));
      t.after(server.stop);
      const from = await bridgeFromNotify(t, server.port);
      const expecting = ['--trust', anchors, '--expect', `${cseB}=cse-b.m2m.example.com`, '--origin', cae1];
      const { code, stderr } = await run('establish', from.url, ...asCae1, ...expecting, '--json');
      assert.equal(code, 0, stderr);
    },
  );
}

function assertRefused(
  { code, alert, rsc }: Pick<Refused, 'code' | 'alert' | 'rsc'>,
  role: Role,
  document: Record<string, unknown>,
  { exported, alertSent, alertReceived, output }: ForeignHandshake,
): void {
  const error = document.error as Record<string, unknown>;
  const told = { sent: alertName(alert), received: null };
  assert.deepEqual(
    { code: error.code, alert: error.alert, rsc: error.rsc, role: error.role, peer: error.peer },
    { code, alert: told, rsc, role, peer: null },
    `${JSON.stringify(document)} ${output}`,
  );
  assert.deepEqual([alertSent, alertReceived], [null, told.sent], output);
  assert.equal(exported, null, output);
}

function statusOptions({ crl, revocation }: Pick<Refused, 'crl' | 'revocation'>): string[] {
  return [...(crl ? ['--crl', crl] : []), ...(revocation ? ['--revocation', revocation] : [])];
}

/** cse-b as a service that knows Cae1. */
async function serve(t: TestContext, { crl, revocation }: Pick<Refused, 'crl' | 'revocation'> = {}) {
  const { file } = configFile(t, {
    credential: { certificate: our.terminating, key: keyFile },
    peers: [{ entity: cae1, flavour: 'ae-id', trust: anchors, ...(revocation && { revocation }) }],
    ...(crl && { revocation: { crls: [crl] } }),
  });
  const service = start(t, 'serve', '--config', file, '--json');
  const { host, port } = await service.line();
  return { service, url: `http://${host}:${port}` };
}

function credentialOf(chain: readonly Uint8Array[] | null): ForeignCredential | null {
  if (chain === null) return null;
  return { kind: 'x509', certificate: fileOf('chain.pem', certificatePem(...chain)), key: keyFile };
}

/** In a folder of its own. */
function fileOf(name: string, content: string | Uint8Array): string {
  const file = join(mkdtempSync(join(folder, 'file-')), name);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}
