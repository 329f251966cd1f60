import { test } from 'node:test';
import { id, type Originator, policy, registered, rsc, start } from './lab.ts';

/** An AE with a policy, and a container under it. */
async function guarded(cse: { as: (from?: string) => Originator }, rules: ReturnType<typeof policy>) {
  const ae = await registered(cse, 'Cae');
  const { ri } = rsc(
    await ae.create('Cae', 'acp', { rn: 'acp', pv: rules, pvs: policy([['Cae'], 63]) }),
    2001,
  );
  rsc(await ae.create('Cae', 'cnt', { rn: 'in', acpi: [ri] }), 2001);
  return ae;
}

test('without a policy only the creator has access (TS-0001 9.6.1.3.2)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  const other = await registered(cse, 'Cother');
  rsc(await ae.create('Cae', 'cnt', { rn: 'in' }), 2001);
  rsc(await other.retrieve('-/cae/in'), 4103);
  rsc(await other.create('-/cae/in', 'cin', { con: 'a' }), 4103);
  rsc(await other.update('-/cae/in', 'cnt', { mni: 1 }), 4103);
  rsc(await other.delete('-/cae/in'), 4103);
  rsc(await other.notify('Cae', { 'm2m:sgn': {} }), 4103);
  rsc(await other.create('Cae', 'cnt'), 4103);
  rsc(await ae.update('-/cae/in', 'cnt', { mni: 1 }), 2004);
});

test('a policy gives each operation by its bit, and nothing else (TS-0004 6.3.4.2.29)', async t => {
  const cse = await start(t);
  const bits = { create: 1, retrieve: 2, update: 4, delete: 8 };
  await guarded(
    cse,
    policy(...Object.entries(bits).map(([name, bit]): [string[], number] => [[`C${name}`], bit])),
  );
  for (const name of Object.keys(bits)) await registered(cse, `C${name}`);
  for (const name of ['create', 'retrieve', 'update', 'delete']) {
    const other = cse.as(`C${name}`);
    const code = (operation: string, granted: number) => (operation === name ? granted : 4103);
    rsc(await other.create('-/cae/in', 'cnt', { rn: 'x' }), code('create', 2001));
    rsc(await other.retrieve('-/cae/in'), code('retrieve', 2000));
    rsc(await other.update('-/cae/in', 'cnt', { mni: 9 }), code('update', 2004));
    rsc(await other.delete('-/cae/in'), code('delete', 2002));
  }
});

test('a resource with policies is closed to its creator, unless they name him (TS-0001 9.6.1.3.2)', async t => {
  const cse = await start(t);
  const ae = await guarded(cse, policy([['Cother'], 63]));
  rsc(await ae.retrieve('-/cae/in'), 4103);
});

test('originators are everybody, a domain, a CSE or an AE, in every form and with wildcards (TS-0004 Table 7.3.3.15-1)', async t => {
  const here = 'Cother';
  const there = '/cse-a/Cae1';
  for (const [entry, allowed] of [
    ['all', [here, there]],
    ['*', [here, there]],
    ['Cother', [here]],
    ['/cse-t/Cother', [here]],
    [`${id}/Cother`, [here]],
    ['//M2M.example.com/cse-t/Cother', [here]],
    ['C*', [here]],
    ['/cse-a/Cae1', [there]],
    ['/cse-a/*', [there]],
    ['/cse-*/C*e*', [here, there]],
    ['/*/Cae1*e1', []],
    ['/cse-a/Cae*ae1', []],
    ['/cse-a', []],
    ['//m2m.example.com', [here, there]],
    ['//*.example.com', [here, there]],
    ['//other.example', []],
    ['Cothe', []],
    ['Cother1', []],
    ['', []],
  ] as [string, string[]][]) {
    const cse = await start(t);
    if (entry === '') continue;
    await guarded(cse, policy([[entry], 2]));
    await registered(cse, here);
    for (const from of [here, there])
      rsc(await cse.as(from).retrieve('-/cae/in'), allowed.includes(from) ? 2000 : 4103);
    await cse.cse.close();
  }
});

test('an S stem in a policy is an AE of the service provider, wherever it is registered (TS-0001 7.2)', async t => {
  const cse = await start(t);
  await guarded(cse, policy([['Sother'], 2]));
  rsc(await cse.as('/Sother').retrieve('-/cae/in'), 2000);
  rsc(await cse.as('//other.example/Sother').retrieve('-/cae/in'), 4103);
});

test('an instance has the policies of its container (TS-0001 9.6.7)', async t => {
  const cse = await start(t);
  await guarded(cse, policy([['Cwriter'], 1], [['Creader'], 2]));
  const [writer, reader] = [await registered(cse, 'Cwriter'), await registered(cse, 'Creader')];
  rsc(await writer.create('-/cae/in', 'cin', { rn: 'm', con: 'a' }), 2001);
  rsc(await writer.retrieve('-/cae/in/m'), 4103);
  rsc(await writer.retrieve('-/cae/in/la'), 4103);
  rsc(await reader.retrieve('-/cae/in/la'), 2000);
  rsc(await reader.delete('-/cae/in/m'), 4103);
});

test('a policy itself is under its selfPrivileges (TS-0004 7.3.3.15)', async t => {
  const cse = await start(t);
  const ae = await guarded(cse, policy([['Cother'], 63]));
  const other = await registered(cse, 'Cother');
  rsc(await other.retrieve('-/cae/acp'), 4103);
  rsc(await other.update('-/cae/acp', 'acp', { pvs: policy([['Cother'], 63]) }), 4103);
  rsc(await ae.update('-/cae/acp', 'acp', { pv: policy([['Cae'], 63]) }), 2004);
  rsc(await other.retrieve('-/cae/in'), 4103);
  rsc(await ae.retrieve('-/cae/in'), 2000);
});

test('selfPrivileges give access to others, and take it from the creator who is not in them', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  const other = await registered(cse, 'Cother');
  const pvs = policy([['Cother'], 63]);
  rsc(await ae.create('Cae', 'acp', { rn: 'acp', pv: policy([['Cae'], 63]), pvs }), 2001);
  rsc(await ae.retrieve('-/cae/acp'), 4103);
  rsc(await other.retrieve('-/cae/acp'), 2000);
});

test('a policy without a rule for itself is refused (TS-0004 7.4.2.2.1)', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  const pv = policy([['all'], 63]);
  rsc(await ae.create('Cae', 'acp', { pv, pvs: { acr: [] } }), 4000);
  rsc(await ae.create('Cae', 'acp', { pv }), 4000);
  rsc(await ae.create('Cae', 'acp', { pv: { acr: [] }, pvs: pv }), 2001);
  rsc(await ae.create('Cae', 'acp', { pv: { acr: Array(33).fill(pv.acr[0]) }, pvs: pv }), 4000);
});

test('a rule with conditions that the CSE does not look at is refused: it would give more than it says', async t => {
  const cse = await start(t);
  const ae = await registered(cse, 'Cae');
  const pvs = policy([['Cae'], 63]);
  for (const rule of [
    { acor: ['all'], acop: 63, acco: [{}] },
    { acor: ['all'], acop: 63, acod: [{}] },
    { acor: ['all'], acop: 63, acaf: true },
    { acor: ['all'], acop: 64 },
    { acor: ['all'], acop: -1 },
    { acor: 'all', acop: 1 },
    { acor: [], acop: 1 },
    { acop: 1 },
    null,
  ])
    rsc(await ae.create('Cae', 'acp', { pv: { acr: [rule] }, pvs }), 4000);
});

test('acpi changes alone, by those whom the present policies let change it (TS-0001 9.6.1.3.2)', async t => {
  const cse = await start(t);
  const ae = await guarded(cse, policy([['Cother'], 63]));
  const other = await registered(cse, 'Cother');
  const own = { pv: policy([['Cae'], 63]), pvs: policy([['Cae'], 63]) };
  const { ri } = rsc(await ae.create('Cae', 'acp', own), 2001);
  rsc(await other.update('-/cae/in', 'cnt', { acpi: [ri] }), 4103);
  rsc(await ae.update('-/cae/in', 'cnt', { acpi: [ri], mni: 1 }), 4000);
  rsc(await ae.update('-/cae/in', 'cnt', { acpi: [`/cse-t/${ri}`] }), 2004);
  rsc(await ae.retrieve('-/cae/in'), 2000);
  rsc(await ae.update('-/cae/in', 'cnt', { acpi: ['-/cae/in'] }), 4000);
  rsc(await ae.create('Cae', 'cnt', { acpi: ['-/nothing'] }), 4000);
});

test('a policy that has gone gives nobody access', async t => {
  const cse = await start(t);
  const ae = await guarded(cse, policy([['all'], 63]));
  rsc(await ae.retrieve('-/cae/in'), 2000);
  rsc(await ae.delete('-/cae/acp'), 2002);
  rsc(await ae.retrieve('-/cae/in'), 4103);
});

test('a subscription needs the right to retrieve what is subscribed to (TS-0004 7.4.8.2.1)', async t => {
  const cse = await start(t);
  await guarded(cse, policy([['Ccreate'], 1], [['Cboth'], 3]));
  const [create, both] = [await registered(cse, 'Ccreate'), await registered(cse, 'Cboth')];
  rsc(await create.create('-/cae/in', 'sub', { nu: ['Ccreate'] }), 4103);
  rsc(await both.create('-/cae/in', 'sub', { nu: ['Cboth'] }), 2001);
});
