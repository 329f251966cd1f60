// Nothing can be changed in an Envelope: not a bit of its text, not a member of its headers.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { E2EKeyError } from '../../../src/errors.ts';
import { openAttribute, protectAttribute } from '../../../src/protection/esdata/attributes.ts';
import {
  openContentInstance,
  protectContentInstance,
} from '../../../src/protection/esdata/content-instance.ts';
import { decrypt, encrypt } from '../../../src/protection/esdata/encryption.ts';
import { decryptThenVerify, signThenEncrypt } from '../../../src/protection/esdata/nested.ts';
import { sign, verify } from '../../../src/protection/esdata/signature.ts';
import {
  direct,
  headerOf,
  mic,
  ownEncryption,
  ownSignature,
  payload,
  publicOf,
  refused,
  time,
  withHeader,
  wrapping,
} from './lab.ts';

const agreement = ownEncryption('P-256');
const transport = ownEncryption('RSA');
const ecdsa = ownSignature('P-256');
const rsa = ownSignature('RSA');

function thumbprint({ certificate }: typeof rsa): string {
  return 'der' in certificate ? hash('sha256', certificate.der, 'base64url') : '';
}

interface Case {
  readonly name: string;
  readonly text: string;
  readonly open: (text: string) => Promise<unknown>;
  /** Every how many bits one is flipped: an operation with a private key takes its time. */
  readonly step?: number;
}

const place = { resource: '/cse-b/Cae1/lamp', attribute: 'brightness' };
const instance = await protectContentInstance(
  { mediaType: 'text/plain', content: '21.5' },
  { container: 'temperature', creationTime: time },
  { encryptFor: [direct()] },
);
const options = { time };
const JSON_ = { serialization: 'JSON', time } as const;

const cases: readonly Case[] = [
  {
    name: 'dir',
    text: await encrypt(payload, [direct()], options),
    open: text => decrypt(text, [direct()], options),
  },
  {
    name: 'dir, flattened, with aad',
    text: await encrypt(payload, [direct()], { ...JSON_, aad: Buffer.from('aad') }),
    open: text => decrypt(text, [direct()], options),
  },
  {
    name: 'A256KW',
    text: await encrypt(payload, [wrapping()], options),
    open: text => decrypt(text, [wrapping()], options),
  },
  {
    name: 'ECDH-ES+A256KW',
    text: await encrypt(payload, [publicOf(agreement)], options),
    open: text => decrypt(text, [agreement], options),
    step: 3,
  },
  {
    name: 'RSA-OAEP-256',
    text: await encrypt(payload, [publicOf(transport)], options),
    open: text => decrypt(text, [transport], options),
    step: 11,
  },
  {
    name: 'HS256',
    text: await sign(payload, [mic()], options),
    open: text => verify(text, [mic()], options),
  },
  {
    name: 'ES256, flattened',
    text: await sign(payload, [ecdsa], JSON_),
    open: text => verify(text, [publicOf(ecdsa)], options),
    step: 3,
  },
  {
    name: 'HS256 and RS256, general',
    text: await sign(payload, [mic(), rsa], options),
    open: text => verify(text, [mic(), publicOf(rsa)], { time, demanded: [mic().id, thumbprint(rsa)] }),
    step: 5,
  },
  {
    name: 'sign then encrypt',
    text: await signThenEncrypt(payload, [ecdsa], [direct()], options),
    open: text => decryptThenVerify(text, [direct()], [publicOf(ecdsa)], options),
    step: 3,
  },
  {
    name: 'the content of an instance',
    text: instance.con,
    open: con => openContentInstance({ ...instance, con }, { decryptWith: [direct()], time }),
  },
  {
    name: 'the contentInfo of an instance',
    text: instance.cnf,
    open: cnf => openContentInstance({ ...instance, cnf }, { decryptWith: [direct()], time }),
  },
  {
    name: 'an attribute',
    text: await protectAttribute(40, place, { signWith: [mic()] }, options),
    open: text => openAttribute(text, place, { verifyWith: [mic()], time }),
  },
];

const codes = [
  'ESDATA_MALFORMED',
  'ESDATA_UNSUPPORTED',
  'ESDATA_ALGORITHM_UNFIT',
  'ESDATA_UNAUTHENTIC',
  'KEY_UNKNOWN',
];

for (const { name, text, open, step = 1 } of cases) {
  test(`${name}: any flipped bit is refused (TS-0003 8.5.2.2.1 E, 8.5.2.3.1 C)`, async () => {
    await open(text);
    const bytes = Buffer.from(text);
    for (let bit = 0; bit < bytes.length * 8; bit += step) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await refusedSomehow(() => open(changed.toString('latin1')), `bit ${bit}`);
    }
  });

  test(`${name}: no part of it is enough (TS-0003 8.5.2.2.1 E, 8.5.2.3.1 C)`, async () => {
    for (let length = 0; length < text.length; length += step)
      await refusedSomehow(() => open(text.slice(0, length)), `${length} characters`);
  });
}

async function refusedSomehow(what: () => Promise<unknown>, where: string): Promise<void> {
  await assert.rejects(
    what,
    error => {
      assert.ok(error instanceof E2EKeyError, `${where}: ${error}`);
      assert.ok(codes.includes(error.code), `${where}: ${error.code}`);
      return true;
    },
    where,
  );
}

test('no member of a protected header can be changed, added or left out (RFC 7516 §5.2, RFC 7515 §5.2)', async () => {
  const encrypted = await encrypt(payload, [{ ...direct() }], { time, contentType: 'json' });
  const signed = await sign(payload, [mic()], { time, contentType: 'json' });
  const opens = [
    [encrypted, (text: string) => decrypt(text, () => direct(), { time })],
    [signed, (text: string) => verify(text, () => mic(), { time })],
  ] as const;
  for (const [text, open] of opens) {
    // The same members in the same order are the same bytes.
    await open(withHeader(text, members => members));
    for (const name of Object.keys(headerOf(text))) {
      await refusedSomehow(() => open(withHeader(text, members => ({ ...members, [name]: 'other' }))), name);
      await refusedSomehow(() => open(withHeader(text, ({ [name]: _, ...others }) => others)), name);
    }
    for (const name of ['typ', 'x5t#S256', 'cty2'])
      await refusedSomehow(() => open(withHeader(text, members => ({ ...members, [name]: 'x' }))), name);
  }
});

test('every reason why an Envelope does not open has one code and one sentence (TS-0003 8.5.2.2.1 E.2)', async () => {
  const change = (text: string, part: number) => {
    const parts = text.split('.');
    const bytes = Buffer.from(parts[part] ?? '', 'base64url');
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    parts[part] = bytes.toString('base64url');
    return parts.join('.');
  };
  const sentences = new Set<string>();
  const collect = async (what: () => Promise<unknown>) =>
    sentences.add((await refused('ESDATA_UNAUTHENTIC', what)).message);
  for (const [own, forWhom] of [
    [wrapping(), wrapping()],
    [agreement, publicOf(agreement)],
    [transport, publicOf(transport)],
  ] as const) {
    const text = await encrypt(payload, [forWhom], { time });
    for (const part of [1, 2, 3, 4]) await collect(() => decrypt(change(text, part), [own], { time }));
    // An encrypted key of another length is unwrapped to nothing.
    const [header, key = '', ...others] = text.split('.');
    await collect(() => decrypt([header, key.slice(0, 8), ...others].join('.'), [own], { time }));
  }
  const withAnotherKey = [{ ...wrapping(), key: wrapping(32, 9).key }];
  await collect(async () =>
    decrypt(await encrypt(payload, [wrapping()], { time }), withAnotherKey, { time }),
  );
  for (const [signer, verifier] of [
    [mic(), mic()],
    [ecdsa, publicOf(ecdsa)],
    [rsa, publicOf(rsa)],
  ] as const) {
    const text = await sign(payload, [signer], { time });
    for (const part of [1, 2]) await collect(() => verify(change(text, part), [verifier], { time }));
  }
  assert.deepEqual([...sentences], ['the Envelope is not authentic under the credential that it names']);
});

test('a content encryption key of another size under the right key is no more than a wrong one (RFC 7516 §11.5)', async () => {
  // A128GCM's wrapped key under a header that says A256GCM: both headers are the sender's own.
  const short = await encrypt(payload, [wrapping()], { time, enc: 'A128GCM' });
  const long = await encrypt(payload, [wrapping()], { time, enc: 'A256GCM' });
  const [header, , ...others] = long.split('.');
  const mixed = [header, short.split('.')[1], ...others].join('.');
  const { message } = await refused('ESDATA_UNAUTHENTIC', () => decrypt(mixed, [wrapping()], { time }));
  assert.equal(message, 'the Envelope is not authentic under the credential that it names');
});
