import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id, registered, registration, rsc, start } from './lab.ts';

test('an AE registers under the AE-ID-Stem that it names, and that is its resource ID (TS-0001 10.2.2.2)', async t => {
  const { cse, as } = await start(t);
  const { aei, ri, rn, pi, ty } = rsc(
    await as('Cown').create('-', 'ae', { ...registration, rn: 'own' }),
    2001,
  );
  assert.deepEqual([aei, ri, rn, pi, ty], ['Cown', 'Cown', 'own', 'cb', 2]);
  assert.deepEqual(cse.resources, ['base/own']);
});

test('an AE that names no stem gets one, with the letter that it asked for (TS-0001 10.2.2.2)', async t => {
  const { as } = await start(t);
  for (const [from, form] of [
    [undefined, /^C.+/],
    ['C', /^C.+/],
    ['S', /^S.+/],
  ] as const)
    assert.match(String(rsc(await as(from).create('-', 'ae', registration), 2001).aei), form);
});

test('a stem that is registered is refused with 4117, whatever the name (TS-0004 7.4.5.2.1)', async t => {
  const cse = await start(t);
  await registered(cse, 'Cae');
  rsc(await cse.as('Cae').create('-', 'ae', { ...registration, rn: 'other' }), 4117);
});

test('a name in use is 4105 CONFLICT (TS-0004 7.3.3.5)', async t => {
  const cse = await start(t);
  await registered(cse, 'Cae');
  rsc(await cse.as('Cother').create('-', 'ae', { ...registration, rn: 'cae' }), 4105);
  assert.deepEqual(cse.cse.resources, ['base/cae']);
});

test('From of an AE that registers is a stem (TS-0001 10.2.2.2)', async t => {
  const { as } = await start(t);
  for (const from of ['Xae', '/cse-t/Cae', `${id}/Cae`, 'C/ae', `C${'a'.repeat(201)}`])
    rsc(await as(from).create('-', 'ae', registration), 4000);
});

test('an <AE> needs App-ID, requestReachability and release versions (TS-0004 Table 7.4.5.1-3)', async t => {
  const { as } = await start(t);
  for (const name of ['api', 'rr', 'srv'] as const) {
    const { [name]: _, ...others } = registration;
    const { content } = await as('Cae').create('-', 'ae', others);
    assert.match(JSON.stringify(content), new RegExp(`m2m:ae\\.${name} is missing`));
  }
  rsc(await as('Cae').create('-', 'ae', { ...registration, api: 'Test' }), 4000);
  rsc(await as('Cae').create('-', 'ae', { ...registration, aei: 'Cae' }), 4000);
});

test('From is missing: 4000; of an AE that is not registered here: 4106 (TS-0004 7.3.2.1)', async t => {
  const { as } = await start(t);
  rsc(await as().retrieve('-'), 4000);
  rsc(await as('Cnobody').retrieve('-'), 4106);
  rsc(await as('Snobody').retrieve('-'), 4106);
  rsc(await as(`${id}/Cnobody`).retrieve('-'), 4106);
  rsc(await as('nobody').retrieve('-'), 4000);
});

test('From of an AE that is registered here is its stem and nothing longer (TS-0004 7.3.2.1)', async t => {
  const cse = await start(t);
  await registered(cse, 'Cae');
  await registered(cse, 'Sae');
  for (const from of ['/cse-t/Cae', `${id}/Cae`, '/Sae', '//m2m.example.com/Sae'])
    rsc(await cse.as(from).retrieve('-'), 4000);
  for (const from of ['Cae', 'Sae']) rsc(await cse.as(from).retrieve('-'), 2000);
});

test('an originator at another CSE is believed, and has the rights that policies give him', async t => {
  const cse = await start(t);
  await registered(cse, 'Cae');
  for (const from of ['/cse-a/Cae', '//m2m.example.com/cse-a', '//other.example/Sae']) {
    rsc(await cse.as(from).retrieve('-'), 2000);
    rsc(await cse.as(from).retrieve('-/cae'), 4103);
  }
});

test('an AE that deregisters takes everything below it along (TS-0001 10.1.5)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  rsc(await ae.create('-/cae', 'cnt', { rn: 'in' }), 2001);
  rsc(await ae.create('-/cae/in', 'cin', { con: 'a' }), 2001);
  assert.equal(cse.cse.resources.length, 3);
  rsc(await ae.delete('-/cae'), 2002);
  assert.deepEqual(cse.cse.resources, []);
  rsc(await ae.retrieve('-'), 4106);
});

test('nobody registers through a transit CSE (TS-0004 7.3.2.8)', async t => {
  const { as, sent } = await start(t, { routes: { '//m2m.example.com/cse-b': 'http://b.example' } });
  rsc(await as('Cae').create('/cse-b/-', 'ae', registration), 4000);
  assert.deepEqual(sent, []);
});
