import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deriveDataKeys } from '../../../src/keys/data.ts';
import {
  cryptoParametersOf,
  openContentInstance,
  protectContentInstance,
} from '../../../src/protection/esdata/content-instance.ts';
import {
  contentCredentials,
  encryptionKeyNamed,
  micKeyNamed,
} from '../../../src/protection/esdata/content-keys.ts';
import { decrypt, encrypt, encryptBound, openEncrypted } from '../../../src/protection/esdata/encryption.ts';
import { readEncrypted } from '../../../src/protection/esdata/envelope.ts';
import { KeyUses } from '../../../src/protection/esdata/key-uses.ts';
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

const source = {
  id: 'K-AE1@tef.example.com',
  ...deriveDataKeys(new Uint8Array(32).fill(7), new Uint8Array(16).fill(8)),
};
const content = { mediaType: 'text/plain', content: '21.5' };
const place = { container: 'temperature', creationTime: time };
const nonce = new Uint8Array(16).fill(9);
const ofContainer = (options: object = {}) =>
  contentCredentials(source, { level: 'container', container: 'temperature', nonce, ...options });
const ofInstance = () => contentCredentials(source, { level: 'contentInstance', container: 'temperature' });
const open = { dataKeys: [source], container: 'temperature', time };
const plain = { decryptWith: [direct()], container: 'temperature', time };

test('a content is encrypted for its container, and any CSE holds it as cnf and con (TS-0004 6.3.4.2.38)', async () => {
  const instance = await protectContentInstance(content, place, { encryptFor: [direct()] });
  assert.deepEqual(Object.keys(instance), ['cnf', 'con']);
  assert.equal(instance.cnf, 'text/plain:0:1');
  assert.deepEqual(headerOf(instance.con).cpa, {
    contentInfo: 'text/plain:0',
    container: 'temperature',
    creationTime: '20270601T120000',
  });
  const opened = await openContentInstance(instance, plain);
  assert.equal(Buffer.from(opened.content).toString(), '21.5');
  assert.equal(opened.mediaType, 'text/plain');
  assert.deepEqual(opened.creationTime, time);
  assert.deepEqual([opened.decryptedWith, opened.signedBy], [plain.decryptWith[0], []]);
});

test('the keys of one container protect all its instances, each with an initialisation vector of its own (contribution, 8.3.3.2 step 3)', async () => {
  const keys = ofContainer();
  const instances = [
    await protectContentInstance(content, place, { contentCredentials: keys }),
    await protectContentInstance(content, place, { contentCredentials: keys }),
  ];
  assert.equal(new Set(instances.map(({ con }) => con.split('.')[2])).size, 2);
  for (const instance of instances) {
    const { cpa, kid } = headerOf(instance.con) as { cpa: Record<string, string>; kid: string };
    assert.equal(kid, '14-K-AE1@tef.example.com');
    assert.deepEqual([cpa.level, cpa.nonce], ['container', Buffer.from(nonce).toString('base64url')]);
    const opened = await openContentInstance(instance, open);
    assert.equal(Buffer.from(opened.content).toString(), '21.5');
  }
});

test('a key for one instance encrypts one: the next has a nonce and a key of its own (contribution, 8.3.3.2 step 3)', async () => {
  const keys = ofInstance();
  const first = await protectContentInstance(content, place, { contentCredentials: keys });
  await refused('KEY_EXHAUSTED', () => protectContentInstance(content, place, { contentCredentials: keys }));
  const second = await protectContentInstance(content, place, { contentCredentials: ofInstance() });
  const nonces = [first, second].map(({ con }) => (headerOf(con).cpa as { nonce: string }).nonce);
  assert.equal(new Set(nonces).size, 2);
  for (const instance of [first, second]) await openContentInstance(instance, open);
});

test('a new key for a container is a new nonce; what the old one protected stays readable (contribution, 8.3.3.2 step 19)', async () => {
  const before = await protectContentInstance(content, place, { contentCredentials: ofContainer() });
  const after = await protectContentInstance(content, place, {
    contentCredentials: ofContainer({ nonce: new Uint8Array(16).fill(10) }),
  });
  for (const instance of [before, after]) await openContentInstance(instance, open);
  const mixed = withHeader(after.con, members => ({ ...members, cpa: headerOf(before.con).cpa }));
  await refused('ESDATA_UNAUTHENTIC', () => openContentInstance({ ...after, con: mixed }, open));
});

test('the count of a container’s key goes on where the caller keeps it (TS-0003 8.5.2.2.1)', async () => {
  const keys = ofContainer({ uses: new KeyUses({ count: 1, limit: 2 }) });
  await protectContentInstance(content, place, { contentCredentials: keys });
  await refused('KEY_EXHAUSTED', () => protectContentInstance(content, place, { contentCredentials: keys }));
});

test('with a MIC everybody reads the content and nobody changes it (contribution, 8.3.3.2 step 3)', async () => {
  const instance = await protectContentInstance(content, place, {
    contentCredentials: ofInstance(),
    integrityOnly: true,
  });
  assert.equal(Buffer.from(instance.con.split('.')[1] ?? '', 'base64url').toString(), '21.5');
  assert.equal(headerOf(instance.con).kid, '16-K-AE1@tef.example.com');
  const opened = await openContentInstance(instance, open);
  assert.deepEqual([opened.decryptedWith, opened.signedBy.length], [null, 1]);
});

test('a digital signature stands inside what is encrypted, or beside a MIC (TS-0003 8.5.2.4, 8.5.2.3)', async () => {
  const signer = ownSignature('P-256');
  const verifyWith = [publicOf(signer)];
  for (const integrityOnly of [false, true]) {
    const instance = await protectContentInstance(content, place, {
      contentCredentials: ofInstance(),
      integrityOnly,
      signWith: [signer],
    });
    const opened = await openContentInstance(instance, { ...open, verifyWith });
    assert.equal(Buffer.from(opened.content).toString(), '21.5');
    assert.equal(opened.signedBy[0], verifyWith[0]);
  }
});

test('certificates encrypt and sign a content as shared keys do (TS-0003 8.5.2.1)', async () => {
  const target = ownEncryption('P-256');
  const signer = ownSignature('P-384');
  const instance = await protectContentInstance(content, place, {
    encryptFor: [publicOf(target), wrapping()],
    signWith: [signer],
  });
  assert.equal(instance.cnf, 'text/plain:0:2');
  for (const own of [target, wrapping()])
    await openContentInstance(instance, {
      decryptWith: [own],
      verifyWith: [publicOf(signer)],
      container: 'temperature',
      time,
    });
});

test('JSON may be in base64, for CSEs that take no JSON in con (TS-0004 6.3.4.2.38)', async () => {
  for (const [contentSecurity, cnf] of [
    [1, 'text/plain:0:1'],
    [2, 'text/plain:0:2'],
    [3, 'text/plain:0:3'],
  ] as const) {
    const protection = { encryptFor: [direct()] };
    const instance = await protectContentInstance(content, place, protection, { contentSecurity });
    assert.equal(instance.cnf, cnf);
    assert.equal(Buffer.from((await openContentInstance(instance, plain)).content).toString(), '21.5');
  }
  const none = { contentSecurity: 0 as never };
  await refused(
    'OPTION_INVALID',
    () => protectContentInstance(content, place, { encryptFor: [direct()] }, none),
    'contentSecurity',
  );
});

test('con is in the serialization that cnf says, and there is ESData at all (TS-0004 6.3.4.2.38)', async () => {
  const { con } = await protectContentInstance(content, place, { encryptFor: [direct()] });
  for (const cnf of ['text/plain:0', 'text/plain:0:0'])
    await refused('ESDATA_MALFORMED', () => openContentInstance({ cnf, con }, plain), 'no ESData');
  for (const cnf of ['text/plain:0:2', 'text/plain:0:3'])
    await refused('ESDATA_MALFORMED', () => openContentInstance({ cnf, con }, plain), 'con');
  const json = await protectContentInstance(
    content,
    place,
    { encryptFor: [direct()] },
    { contentSecurity: 2 },
  );
  for (const cnf of ['text/plain:0:1', 'text/plain:0:3'])
    await refused('ESDATA_MALFORMED', () => openContentInstance({ cnf, con: json.con }, plain), 'con');
  await refused(
    'ESDATA_UNSUPPORTED',
    () => openContentInstance({ cnf: 'text/plain:0:4', con }, plain),
    'XML',
  );
  const object = { cnf: 'text/plain:0:2', con: JSON.parse(json.con) };
  await refused('ESDATA_MALFORMED', () => openContentInstance(object, plain), 'con is no text');
});

test('what cnf says of the content inside is authenticated with it (TS-0004 6.3.3)', async () => {
  const { con } = await protectContentInstance(content, place, { encryptFor: [direct()] });
  for (const cnf of ['text/html:0:1', 'text/plain:1:1', 'text/plain:2:1'])
    await refused('ESDATA_UNAUTHENTIC', () => openContentInstance({ cnf, con }, plain), 'cnf');
});

test('the transfer encoding is undone after the Envelope is opened (TS-0004 6.3.3, note)', async () => {
  const made = async (text: string, encodingType: number) => {
    const cpa = {
      contentInfo: `text/plain:${encodingType}`,
      container: 'temperature',
      creationTime: '20270601T120000',
    };
    return {
      cnf: `text/plain:${encodingType}:1`,
      con: await boundBy(Buffer.from(text), cpa),
    };
  };
  for (const encodingType of [1, 2]) {
    const opened = await openContentInstance(await made('MjEuNQ==', encodingType), plain);
    assert.equal(Buffer.from(opened.content).toString(), '21.5');
    for (const text of ['MjEuNQ', 'MjEuNQ=', 'MjEuNR==', 'MjEu\nNQ=='])
      await refused(
        'ESDATA_MALFORMED',
        async () => openContentInstance(await made(text, encodingType), plain),
        'base64',
      );
  }
});

async function boundBy(bytes: Uint8Array, cpa: Record<string, unknown>): Promise<string> {
  return encryptBound(bytes, [direct()], { time }, { cpa });
}

test('an instance that was moved to another container is noticed by whoever says where it lay (our own)', async () => {
  const instance = await protectContentInstance(content, place, { contentCredentials: ofInstance() });
  await refused(
    'ESDATA_UNAUTHENTIC',
    () => openContentInstance(instance, { ...open, container: 'doors' }),
    'container',
  );
  const { container } = await openContentInstance(instance, { dataKeys: [source], time });
  assert.equal(container, 'temperature');
});

test('an old instance that is shown for a new one is noticed by whoever says how old it may be (our own)', async () => {
  const instance = await protectContentInstance(content, place, { contentCredentials: ofInstance() });
  const at = (milliseconds: number) => new Date(time.getTime() + milliseconds);
  const opened = (options: object) => openContentInstance(instance, { ...open, ...options });
  // The creation time has whole seconds: a reader who remembers milliseconds does not refuse what came later.
  await opened({ notBefore: at(999), notAfter: at(0) });
  await refused('ESDATA_UNAUTHENTIC', () => opened({ notBefore: at(1000) }), 'older');
  await refused('ESDATA_UNAUTHENTIC', () => opened({ notAfter: at(-1) }), 'newer');
});

test('a content says itself when it was made: a key makes nothing after its end (TS-0003 8.5.2.2.2)', async () => {
  const late = { ...place, creationTime: new Date(time.getTime() + 5000) };
  const instance = await protectContentInstance(content, late, { encryptFor: [direct()] });
  const key = { ...direct(), expires: new Date(time.getTime() + 3000) };
  await refused('KEY_EXPIRED', () => openContentInstance(instance, { ...plain, decryptWith: [key] }));
  const before = await protectContentInstance(content, place, { encryptFor: [direct()] });
  await openContentInstance(before, { ...plain, decryptWith: [key] });
  await refused('KEY_EXPIRED', () => protectContentInstance(content, late, { encryptFor: [key] }));
});

test('the end of the data keys is the end of what is derived from them (contribution, 8.3.3.2 step 19)', async () => {
  const ending = { ...source, expires: time };
  const keys = contentCredentials(ending, { level: 'container', container: 'temperature' });
  for (const integrityOnly of [false, true])
    await refused('KEY_EXPIRED', () =>
      protectContentInstance(content, place, { contentCredentials: keys, integrityOnly }),
    );
  const instance = await protectContentInstance(content, place, { contentCredentials: ofInstance() });
  await refused('KEY_EXPIRED', () => openContentInstance(instance, { ...open, dataKeys: [ending] }));
});

test('what is demanded to be signed is not taken when it is only encrypted (TS-0003 8.5.2.1)', async () => {
  const instance = await protectContentInstance(content, place, { encryptFor: [direct()] });
  await refused('ESDATA_UNAUTHENTIC', () =>
    openContentInstance(instance, { ...plain, demanded: ['54-somebody'] }),
  );
});

test('whoever encrypts anew what somebody signed does not move it (TS-0003 8.5.2.4)', async () => {
  const signer = ownSignature('P-256');
  const instance = await protectContentInstance(content, place, {
    encryptFor: [wrapping()],
    signWith: [signer],
  });
  // A recipient takes the signed Envelope out and encrypts it for the other's container.
  const cpa = { ...(headerOf(instance.con).cpa as object), container: 'doors' };
  const inner = await innerOf(instance.con);
  const con = await encryptBound(inner, [direct()], { time, contentType: 'JOSE' }, { cpa });
  await refused('ESDATA_UNAUTHENTIC', () =>
    openContentInstance(
      { ...instance, con },
      { ...plain, container: 'doors', verifyWith: [publicOf(signer)] },
    ),
  );
});

async function innerOf(con: string): Promise<Uint8Array> {
  return (await openEncrypted(readEncrypted(con, 'cpa'), [wrapping()], { time })).payload;
}

test('who was given one of the data keys has one (contribution, 8.3.3.2 step 19)', async () => {
  const { id, dataAuthenticity, dataConfidentiality } = source;
  const encrypted = await protectContentInstance(content, place, { contentCredentials: ofInstance() });
  const signed = await protectContentInstance(content, place, {
    contentCredentials: ofInstance(),
    integrityOnly: true,
  });
  const reader = { ...open, dataKeys: [{ id, dataConfidentiality }] };
  const checker = { ...open, dataKeys: [{ id, dataAuthenticity }] };
  await openContentInstance(encrypted, reader);
  await openContentInstance(signed, checker);
  await refused('KEY_UNKNOWN', () => openContentInstance(signed, reader));
  await refused('KEY_UNKNOWN', () => openContentInstance(encrypted, checker));
  const half = (keys: object) =>
    contentCredentials({ id, ...keys }, { level: 'contentInstance', container: 'temperature' });
  await refused('KEY_UNKNOWN', () =>
    protectContentInstance(content, place, { contentCredentials: half({ dataAuthenticity }) }),
  );
  await refused('KEY_UNKNOWN', () =>
    protectContentInstance(content, place, {
      contentCredentials: half({ dataConfidentiality }),
      integrityOnly: true,
    }),
  );
});

test('a key that was released for one container opens what it protects, and nothing else (contribution, 8.3.3.2 step 19)', async () => {
  const { encryption } = ofContainer();
  assert.ok(encryption !== null);
  const instance = await protectContentInstance(content, place, { contentCredentials: ofContainer() });
  const other = await protectContentInstance(content, place, { contentCredentials: ofInstance() });
  const decryptWith = [{ id: encryption.id, key: encryption.key }];
  await openContentInstance(instance, { decryptWith, time });
  await refused('ESDATA_UNAUTHENTIC', () => openContentInstance(other, { decryptWith, time }));
});

test('cryptoParams say which keys are needed: algorithm, key length, Credential-ID, nonce and creation time (contribution, 8.3.3.2 step 14)', async () => {
  const instance = await protectContentInstance(content, place, { contentCredentials: ofContainer() });
  assert.deepEqual(cryptoParametersOf(instance), {
    container: 'temperature',
    creationTime: time,
    derivation: { level: 'container', container: 'temperature', nonce: Buffer.from(nonce) },
    algorithm: 'A256GCM',
    keyLength: 256,
    credentials: [{ kid: '14-K-AE1@tef.example.com', x5tS256: null }],
  });
  const signed = await protectContentInstance(content, place, { signWith: [mic(), mic(48)] });
  assert.deepEqual(cryptoParametersOf(signed), {
    container: 'temperature',
    creationTime: time,
    derivation: null,
    algorithm: 'HS256',
    keyLength: null,
    credentials: [mic(), mic(48)].map(({ id }) => ({ kid: id, x5tS256: null })),
  });
});

test('a search answers for data keys by the value of the Credential-ID (contribution, 8.3.3.2 step 17)', async () => {
  const instance = await protectContentInstance(content, place, { contentCredentials: ofInstance() });
  const asked: string[] = [];
  const dataKeys = async (id: string) => {
    asked.push(id);
    return source;
  };
  await openContentInstance(instance, { ...open, dataKeys });
  assert.deepEqual(asked, [source.id]);
  await refused('KEY_UNKNOWN', () => openContentInstance(instance, { ...open, dataKeys: () => null }));
});

test('data keys are found by the whole Credential-ID (contribution, 8.3.3.2 step 17)', async () => {
  const other = { ...source, id: 'K-AE2@tef.example.com' };
  for (const integrityOnly of [false, true]) {
    const contentCredentials = ofInstance();
    const instance = await protectContentInstance(content, place, { contentCredentials, integrityOnly });
    await refused('KEY_UNKNOWN', () => openContentInstance(instance, { ...open, dataKeys: [other] }));
    await openContentInstance(instance, { ...open, dataKeys: [other, source] });
  }
  const derivation = ofContainer();
  const name = (kid: string | null) => ({ kid, x5tS256: null });
  for (const kid of [null, `16-${source.id}`, `15-${source.id}`, source.id])
    assert.equal(await encryptionKeyNamed(name(kid), derivation, [source]), null);
  for (const kid of [null, `14-${source.id}`, source.id])
    assert.equal(await micKeyNamed(name(kid), derivation, [source]), null);
});

test('cryptoParams that are none are refused before a key is used (our own)', async () => {
  const good = { contentInfo: 'text/plain:0', container: 'temperature', creationTime: '20270601T120000' };
  for (const [cpa, text] of [
    [{ ...good, more: 1 }, '"more" is no parameter'],
    [{ ...good, contentInfo: 1 }, 'contentInfo'],
    [{ ...good, container: '' }, 'container'],
    [{ ...good, container: 'c'.repeat(513) }, 'container'],
    [{ ...good, container: ['temperature'] }, 'container'],
    [{ ...good, creationTime: undefined }, 'creationTime'],
    [{ ...good, creationTime: '2027-06-01T12:00:00Z' }, 'creationTime'],
    [{ ...good, level: 'container' }, 'nonce'],
    [{ ...good, nonce: Buffer.from(nonce).toString('base64url') }, 'cpa: level'],
    [{ ...good, level: 'subscription', nonce: Buffer.from(nonce).toString('base64url') }, 'cpa: level'],
    [{ ...good, level: 'container', nonce: 'AB' }, 'nonce'],
    [{ ...good, level: 'container', nonce: 'AAAA' }, 'nonce'],
    [{ ...good, level: 'container', nonce: 'AAAAAAAAAAAAAAAAAAAAAA', container: 'a b' }, 'name'],
  ] as const) {
    const con = await encryptBound(payload, [{ ...direct(), id: `14-${source.id}` }], { time }, { cpa });
    await refused('ESDATA_MALFORMED', () => openContentInstance({ cnf: 'text/plain:0:1', con }, open), text);
  }
});

test('content credentials and place name one container; both are of the form that is read (our own)', async () => {
  const elsewhere = { ...place, container: 'doors' };
  await refused(
    'OPTION_INVALID',
    () => protectContentInstance(content, elsewhere, { contentCredentials: ofContainer() }),
    'those of temperature',
  );
  for (const container of ['', 'c'.repeat(513)])
    await refused('OPTION_INVALID', () =>
      protectContentInstance(content, { container }, { encryptFor: [direct()] }),
    );
  await refused('OPTION_INVALID', () => contentCredentials(source, { level: 'container', container: 'a b' }));
});

test('an Envelope without cryptoParams is no protected content, and one with them is nothing else (our own)', async () => {
  const con = await encrypt(payload, [direct()], { time });
  await refused('ESDATA_MALFORMED', () => openContentInstance({ cnf: 'text/plain:0:1', con }, plain), 'cpa');
  const instance = await protectContentInstance(content, place, { encryptFor: [direct()] });
  await refused('ESDATA_UNSUPPORTED', () => decrypt(instance.con, [direct()], { time }), 'cpa');
});
