import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResponsePrimitive } from '../../../src/onem2m/primitive.ts';
import { id, registered, registration, rsc, start } from './lab.ts';

test('a resource is found under every form of its address (TS-0001 Table 7.2-1)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  const { ri } = rsc(await ae.create('Cae', 'cnt', { rn: 'in' }), 2001);
  for (const address of ['-/cae/in', 'base/cae/in', String(ri)])
    for (const prefix of ['', '/cse-t/', `${id}/`, '//M2M.example.com/cse-t/'])
      assert.equal(rsc(await ae.retrieve(prefix + address), 2000).ri, ri, prefix + address);
  for (const address of ['-', 'base', 'cb', '/cse-t', '/cse-t/-', id, `${id}/base`])
    assert.equal(rsc(await ae.retrieve(address), 2000).ty, 5, address);
});

test('an AE-ID that the service provider assigned is an address without CSE-ID (TS-0001 7.2)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Sae');
  for (const address of ['Sae', '/Sae', '//m2m.example.com/Sae', '/cse-t/Sae'])
    assert.equal(rsc(await ae.retrieve(address), 2000).aei, 'Sae', address);
});

test('an address that leads nowhere is 4004; below an unstructured one only virtual resources are', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  rsc(await ae.create('Cae', 'cnt', { rn: 'in' }), 2001);
  for (const address of ['-/nothing', 'Cae/in', 'Cae/in/la', '-/cae/in/la', '-/cae/la', '/cse-x/-', '', '-/'])
    rsc(await ae.retrieve(address), 4004);
});

test('<CSEBase> says who the CSE is and what it has (TS-0001 Table 9.6.3-2)', async t => {
  const { cse, as } = await start(t, { cseBaseName: 'root' });
  const attributes = rsc(await as('/cse-a').retrieve('root'), 2000);
  const { csi, rn, ty, srt, poa, srv } = attributes;
  assert.deepEqual([csi, rn, ty, poa], ['/cse-t', 'root', 5, [cse.url]]);
  assert.deepEqual(srt, [5, 1, 2, 3, 4, 15, 23]);
  assert.deepEqual(srv, ['2a', '3', '4', '5']);
  assert.equal('et' in attributes, false);
});

test('a <CSEBase> is neither updated nor deleted, nor created (TS-0004 7.4.3.2)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  rsc(await ae.update('-', 'cb', { lbl: ['a'] }), 4005);
  rsc(await ae.delete('-'), 4005);
  rsc(await ae.create('-', 'cb'), 4108);
});

test('a resource has name, IDs, type and times, and its creator when asked (TS-0001 9.6.1.3)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  const { ri: parent } = rsc(await ae.create('Cae', 'cnt', { rn: 'in', lbl: ['a'] }), 2001);
  const instance = rsc(await ae.create('-/cae/in', 'cin', { rn: 'm1', con: 'ä', cr: null }), 2001);
  const { ri, ...others } = instance;
  assert.equal(typeof ri, 'string');
  assert.deepEqual(others, {
    rn: 'm1',
    ty: 4,
    pi: parent,
    ct: '20300101T000000',
    lt: '20300101T000000',
    et: '20310101T000000',
    st: 1,
    con: 'ä',
    cr: 'Cae',
    cs: 2,
  });
  assert.equal('cr' in rsc(await ae.create('-/cae/in', 'cin', { con: 'a' }), 2001), false);
  rsc(await ae.create('-/cae/in', 'cin', { con: 'a', cr: 'Cae' }), 4000);
});

test('a container counts its instances and their bytes, and drops the oldest (TS-0004 7.4.7.2.1)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  rsc(await ae.create('Cae', 'cnt', { rn: 'in', mni: 3, mbs: 10 }), 2001);
  const put = (con: string) => ae.create('-/cae/in', 'cin', { rn: con, con });
  for (const con of ['a', 'bb', 'ccc', 'dddd']) rsc(await put(con), 2001);
  const state = async () => {
    const { cni, cbs, st } = rsc(await ae.retrieve('-/cae/in'), 2000);
    return [cni, cbs, st, rsc(await ae.retrieve('-/cae/in/ol'), 2000).con];
  };
  assert.deepEqual(await state(), [3, 9, 4, 'bb']);
  rsc(await put('eeeee'), 2001);
  assert.deepEqual(await state(), [2, 9, 5, 'dddd']);
  rsc(await put('e'.repeat(11)), 5207);
  assert.deepEqual(await state(), [2, 9, 5, 'dddd']);
});

test('a container for no instances takes none', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  rsc(await ae.create('Cae', 'cnt', { rn: 'in', mni: 0 }), 2001);
  rsc(await ae.create('-/cae/in', 'cin', { con: 'a' }), 5207);
});

test('la is the newest instance and ol the oldest, to retrieve and to delete (TS-0004 7.4.27, 7.4.28)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  const { ri } = rsc(await ae.create('Cae', 'cnt', { rn: 'in' }), 2001);
  for (const con of ['1', '2', '3']) rsc(await ae.create('-/cae/in', 'cin', { con }), 2001);
  assert.equal(rsc(await ae.retrieve(`${ri}/la`), 2000).con, '3');
  rsc(await ae.delete('-/cae/in/la'), 2002);
  rsc(await ae.delete('-/cae/in/ol'), 2002);
  assert.equal(rsc(await ae.retrieve('-/cae/in/la'), 2000).con, '2');
  assert.equal(rsc(await ae.retrieve('-/cae/in'), 2000).cni, 1);
});

test('an instance is never updated (TS-0004 7.4.7.2.3)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  rsc(await ae.create('Cae', 'cnt', { rn: 'in' }), 2001);
  rsc(await ae.create('-/cae/in', 'cin', { rn: 'm', con: 'a' }), 2001);
  rsc(await ae.update('-/cae/in/m', 'cin', { con: 'b' }), 4005);
  assert.equal(rsc(await ae.retrieve('-/cae/in/m'), 2000).con, 'a');
});

test('what a type does not have, lacks or may not get is refused, and nothing is made (TS-0004 7.3.3.3)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  const before = cse.cse.resources;
  const cases: [string, object, number][] = [
    ['cnt', { colour: 'red' }, 4000],
    ['cnt', { constructor: 'a' }, 4000],
    ['cnt', { ri: 'mine' }, 4000],
    ['cnt', { cni: 1 }, 4000],
    ['cnt', { mni: -1 }, 4000],
    ['cnt', { mni: 'many' }, 4000],
    ['cnt', { rn: 'a/b' }, 4000],
    ['cnt', { rn: 'la' }, 4000],
    ['cnt', { lbl: [] }, 4000],
    ['cnt', { lbl: Array(33).fill('a') }, 4000],
    ['cnt', { lbl: ['a'.repeat(1025)] }, 4000],
    ['cnt', { et: 'tomorrow' }, 4000],
    ['cnt', { et: '20310231T000000' }, 4000],
    ['cnt', { et: '60000' }, 4000],
    ['cnt', { et: '20291231T235959' }, 4000],
    ['cin', { con: 'a' }, 4108],
    ['ae', registration, 4108],
    ['grp', {}, 5001],
  ];
  for (const [resource, attributes, code] of cases)
    rsc(await ae.create('Cae', resource, attributes, resource === 'ae' ? { from: 'Cb' } : {}), code);
  rsc(await ae.create('Cae', 'cnt', {}, { content: { 'm2m:cin': {} } }), 4000);
  rsc(await ae.create('Cae', 'cnt', {}, { content: { 'm2m:cnt': {}, 'm2m:cin': {} } }), 4000);
  rsc(await ae.create('Cae', 'cnt', {}, { content: undefined }), 4000);
  const { resourceType: _, ...untyped } = { resourceType: 3 };
  rsc(await cse.cse.request({ operation: 'create', to: 'Cae', from: 'Cae', ...untyped }), 4000);
  assert.deepEqual(cse.cse.resources, before);
});

test('an UPDATE changes what it names, null deletes, and the rest stays (TS-0004 7.3.3.7)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  rsc(await ae.create('Cae', 'cnt', { rn: 'in', mni: 3, lbl: ['a'] }), 2001);
  cse.clock.now += 1000;
  const { mni, lbl, mbs, lt, st } = rsc(await ae.update('-/cae/in', 'cnt', { lbl: null, mbs: 5 }), 2004);
  assert.deepEqual([mni, lbl, mbs, lt, st], [3, undefined, 5, '20300101T000001', 1]);
  rsc(await ae.update('Cae', 'ae', { rr: true, poa: ['http://ae.example'] }), 2004);
  for (const attributes of [{ rr: null }, { api: 'Nother' }, { rn: 'other' }, { aei: 'Cb' }, { rr: 1 }])
    rsc(await ae.update('Cae', 'ae', attributes), 4000);
});

test('what ends, ends with what is below it, and no child outlives its parent (TS-0001 9.6.1.3.2)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  rsc(await ae.create('Cae', 'cnt', { rn: 'in', et: '20300101T000100', mia: 10 }), 2001);
  const { et } = rsc(await ae.create('-/cae/in', 'cnt', { rn: 'deep', et: '20300102T000000' }), 2001);
  assert.equal(et, '20300101T000100');
  assert.equal(rsc(await ae.create('-/cae/in', 'cin', { con: 'a' }), 2001).et, '20300101T000010');
  cse.clock.now += 10_000;
  rsc(await ae.retrieve('-/cae/in/la'), 4004);
  rsc(await ae.retrieve('-/cae/in/deep'), 2000);
  cse.clock.now += 50_000;
  rsc(await ae.retrieve('-/cae/in'), 4004);
  assert.deepEqual(cse.cse.resources, ['base/cae']);
});

test('an UPDATE puts the end off, and never before that of a child (TS-0004 7.3.3.4)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  rsc(await ae.create('Cae', 'cnt', { rn: 'in', et: '20300101T000100' }), 2001);
  rsc(await ae.create('-/cae/in', 'cin', { con: 'a' }), 2001);
  rsc(await ae.update('-/cae/in', 'cnt', { et: '20300101T000200' }), 2004);
  rsc(await ae.update('-/cae/in', 'cnt', { et: '20300101T000030' }), 4000);
  rsc(await ae.update('-/cae/in', 'cnt', { et: '20200101T000000' }), 4000);
  cse.clock.now += 60_000;
  assert.equal(rsc(await ae.retrieve('-/cae/in'), 2000).cni, 0);
});

test('Result Content: what a response holds (TS-0004 6.3.4.2.7)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  const content = ({ content: value }: ResponsePrimitive) => value;
  const create = (rn: string, resultContent: number) =>
    ae.create('Cae', 'cnt', { rn, mni: 1 }, { resultContent });
  assert.equal(content(await create('a', 0)), undefined);
  assert.deepEqual(content(await create('b', 2)), { 'm2m:uri': 'base/cae/b' });
  const { uri, 'm2m:cnt': whole } = rsc(await create('c', 3), 2001);
  assert.equal(uri, 'base/cae/c');
  assert.equal((whole as { mni: number }).mni, 1);
  const modified = rsc(await create('d', 9), 2001);
  assert.deepEqual([modified.rn, modified.mni, typeof modified.ri], [undefined, undefined, 'string']);

  rsc(await ae.create('-/cae/a', 'cin', { rn: 'm', con: 'x' }), 2001);
  const references = [{ nm: 'm', typ: 4, val: 'base/cae/a/m' }];
  assert.deepEqual(content(await ae.retrieve('-/cae/a', { resultContent: 6 })), {
    'm2m:rrl': { rrf: references },
  });
  assert.deepEqual(rsc(await ae.retrieve('-/cae/a', { resultContent: 5 }), 2000).ch, references);
  const nested = rsc(await ae.retrieve('-', { resultContent: 8 }), 2000) as {
    'm2m:ae': { 'm2m:cnt': { rn: string; 'm2m:cin'?: { con: string }[] }[] }[];
  };
  const [first] = nested['m2m:ae'][0]?.['m2m:cnt'] ?? [];
  assert.deepEqual([first?.rn, first?.['m2m:cin']?.[0]?.con], ['a', 'x']);
  assert.equal('ty' in nested, false);
  assert.equal(rsc(await ae.retrieve('-/cae/a', { resultContent: 4 }), 2000).mni, 1);

  assert.equal(content(await ae.delete('-/cae/b')), undefined);
  assert.equal(rsc(await ae.delete('-/cae/c', { resultContent: 1 }), 2002).rn, 'c');
});

test('a Result Content that the operation has not is 4000, and nothing is done (TS-0001 Table 8.1.2-1)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  rsc(await ae.create('Cae', 'cnt', { rn: 'in' }, { resultContent: 6 }), 4000);
  rsc(await ae.retrieve('Cae', { resultContent: 0 }), 4000);
  rsc(await ae.delete('Cae', { resultContent: 9 }), 4000);
  rsc(await ae.retrieve('Cae', { resultContent: 77 }), 4000);
  assert.deepEqual(cse.cse.resources, ['base/cae']);
});

test('parameters that the CSE does not honour are refused (TS-0004 7.3.2.1, 7.3.2.2)', async t => {
  const { as } = await start(t);
  const { retrieve } = as('/cse-a');
  rsc(await retrieve('-', { releaseVersionIndicator: '9' }), 4001);
  rsc(await retrieve('-', { requestExpirationTimestamp: '20291231T235959' }), 4008);
  rsc(await retrieve('-', { requestExpirationTimestamp: 'soon' }), 4000);
  rsc(await retrieve('-', { requestExpirationTimestamp: '1000' }), 2000);
  for (const [value, code] of [
    [1, 5206],
    [2, 5001],
    [5, 5001],
    [3, 2000],
    [4, 2000],
  ] as const)
    rsc(await retrieve('-', { responseType: { responseTypeValue: value } }), code);
});

test('a NOTIFY for the CSE itself is not implemented, for other resources not allowed (TS-0004 7.3.3.9)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  rsc(await ae.create('Cae', 'cnt', { rn: 'in' }), 2001);
  rsc(await ae.notify('-', { 'm2m:sgn': {} }), 5001);
  rsc(await ae.notify('-/cae/in', { 'm2m:sgn': {} }), 4005);
});

test('resources and their bytes are bounded', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  let to = 'Cae';
  for (let depth = 2; depth <= 16; depth++) {
    rsc(await ae.create(to, 'cnt', { rn: 'in' }), 2001);
    to = to === 'Cae' ? '-/cae/in' : `${to}/in`;
  }
  rsc(await ae.create(to, 'cnt'), 5207);
  const con = 'a'.repeat(16 * 1024 * 1024);
  for (let n = 0; n < 3; n++) rsc(await ae.create('-/cae/in', 'cin', { con }, { resultContent: 0 }), 2001);
  rsc(await ae.create('-/cae/in', 'cin', { con }), 5207);
  rsc(await ae.delete('-/cae/in/la'), 2002);
  rsc(await ae.create('-/cae/in', 'cin', { con }, { resultContent: 0 }), 2001);
  rsc(await ae.create('-/cae/in', 'cin', { con: con.slice(5_000) }, { resultContent: 0 }), 2001);
  rsc(await ae.update('-/cae/in', 'cnt', { lbl: Array(32).fill('a'.repeat(1024)) }), 5207);
});

test('the number of resources is bounded', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  rsc(await ae.create('Cae', 'cnt', { rn: 'in' }), 2001);
  let last = 2001;
  for (let n = 0; n < 20_000 && last === 2001; n++)
    last = (await ae.create('-/cae/in', 'cnt', {}, { resultContent: 0 })).responseStatusCode;
  assert.equal(last, 5207);
  assert.equal(cse.cse.resources.length, 20_000 - 1);
});
