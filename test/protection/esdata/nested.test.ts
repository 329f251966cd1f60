import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decrypt, encrypt, encryptBound } from '../../../src/protection/esdata/encryption.ts';
import { decryptThenVerify, signThenEncrypt } from '../../../src/protection/esdata/nested.ts';
import { sign } from '../../../src/protection/esdata/signature.ts';
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
  wrapping,
} from './lab.ts';

const options = { time };
const ecdsa = ownSignature('P-256');
const rsa = ownSignature('RSA');
const target = ownEncryption('P-384');

test('what is signed and then encrypted for a certificate is decrypted and verified (TS-0003 8.5.2.4)', async () => {
  const envelope = await signThenEncrypt(payload, [ecdsa], [publicOf(target)], { time, contentType: 'json' });
  assert.equal(headerOf(envelope).cty, 'JOSE');
  const source = publicOf(ecdsa);
  const opened = await decryptThenVerify(envelope, [target], [source], options);
  assert.deepEqual(opened.payload, payload);
  assert.deepEqual(opened.credentials, [source]);
  assert.equal(opened.decryptedWith, target);
  assert.equal(opened.contentType, 'json');
});

test('several signatures inside and several recipients outside are both JSON (TS-0003 8.5.2.4, 8.5.3.1)', async () => {
  const envelope = await signThenEncrypt(payload, [ecdsa, rsa], [publicOf(target), wrapping()], options);
  assert.equal(headerOf(JSON.parse(envelope).protected).cty, 'JOSE+JSON');
  const opened = await decryptThenVerify(envelope, [wrapping()], [publicOf(rsa), publicOf(ecdsa)], options);
  assert.equal(opened.credentials.length, 2);
});

test('what is encrypted and not signed is refused where a signature is due (TS-0003 8.5.2.4)', async () => {
  for (const contentType of [undefined, 'json'])
    await refused(
      'ESDATA_UNSUPPORTED',
      async () =>
        decryptThenVerify(
          await encrypt(payload, [direct()], { time, ...(contentType !== undefined && { contentType }) }),
          [direct()],
          [publicOf(ecdsa)],
          options,
        ),
      'no signed Envelope',
    );
});

test('what says that it is signed and is not is refused (TS-0003 8.5.2.4)', async () => {
  const envelope = await encryptBound(Buffer.from('21.5'), [direct()], { time, contentType: 'JOSE' }, {});
  await refused('ESDATA_MALFORMED', () =>
    decryptThenVerify(envelope, [direct()], [publicOf(ecdsa)], options),
  );
});

test('a MIC inside proves nothing of a source, even to somebody who has its key (TS-0003 8.5.3.4)', async () => {
  const inner = await sign(payload, [mic()], options);
  const envelope = await encryptBound(Buffer.from(inner), [direct()], { time, contentType: 'JOSE' }, {});
  await refused(
    'ESDATA_ALGORITHM_UNFIT',
    () => decryptThenVerify(envelope, [direct()], [mic()], options),
    'MIC',
  );
});

test('a signature of somebody who is not known, or not the one that is demanded, is not enough (TS-0003 8.5.2.3.1 C)', async () => {
  const envelope = await signThenEncrypt(payload, [ecdsa], [direct()], options);
  await refused('KEY_UNKNOWN', () => decryptThenVerify(envelope, [direct()], [publicOf(rsa)], options));
  await refused('ESDATA_UNAUTHENTIC', () =>
    decryptThenVerify(envelope, [direct()], [publicOf(ecdsa)], { time, demanded: ['54-somebody'] }),
  );
});

test('the inner Envelope is read as strictly as one that comes alone (TS-0003 8.5.2.4)', async () => {
  const inner = await sign(payload, [ecdsa], options);
  const loose = `${inner}.`;
  const envelope = await encryptBound(Buffer.from(loose), [direct()], { time, contentType: 'JOSE' }, {});
  await refused('ESDATA_MALFORMED', () =>
    decryptThenVerify(envelope, [direct()], [publicOf(ecdsa)], options),
  );
});

test('a key ends inside as it does outside (TS-0003 8.5.2.2.2)', async () => {
  const envelope = await signThenEncrypt(payload, [ecdsa], [direct()], options);
  const ended = { ...publicOf(ecdsa), expires: time };
  await refused('KEY_EXPIRED', () => decryptThenVerify(envelope, [direct()], [ended], options));
  await refused('KEY_EXPIRED', () =>
    signThenEncrypt(payload, [{ ...ecdsa, expires: time }], [direct()], options),
  );
});

test('decrypted alone, what was signed is the signed Envelope and says so (RFC 7516 §4.1.12)', async () => {
  const envelope = await signThenEncrypt(payload, [ecdsa], [direct()], options);
  const { contentType, payload: inner } = await decrypt(envelope, [direct()], options);
  assert.equal(contentType, 'JOSE');
  assert.equal(Buffer.from(inner).toString().split('.').length, 3);
});
