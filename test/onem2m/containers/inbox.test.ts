// What an end-point of the container carrier makes at the CSE, and how instances come out of it, whichever side it is.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { E2EKeyError } from '../../../src/errors.ts';
import { Inbox } from '../../../src/onem2m/containers/inbox.ts';
import { type Instance, instanceOf } from '../../../src/onem2m/containers/instance.ts';
import { type ContainerOptions, containerSettings } from '../../../src/onem2m/containers/options.ts';
import { type RequestPrimitive, type ResponsePrimitive, respond } from '../../../src/onem2m/primitive.ts';
import type { Sender } from '../../../src/onem2m/sender.ts';
import type { TransitCse } from '../../../src/testing/transit-cse/transit-cse.ts';
import { refusal } from '../../endpoint/lab.ts';
import { within } from '../../within.ts';
import { interrupted, recording, startCse } from './lab.ts';

const name = 'e2ekey-test';
const inbox = `-/${name}/in`;
const notifications = { receive: { pointOfAccess: 'http://127.0.0.1:9' } } as const;

interface Opening {
  readonly sender?: (inner: Sender, cse: TransitCse) => Sender;
  readonly options?: ContainerOptions;
  readonly take?: (instance: Instance) => Promise<void>;
  /** Notifications get nowhere, unless the test brings them. */
  readonly cse?: TransitCse;
}

async function start(t: TestContext, { sender: makeSender, options, take, cse: given }: Opening = {}) {
  const cse = given ?? (await startCse(t, { verifySubscriptions: false, deliver: () => assert.fail() }));
  const inner: Sender = { send: (request, signal) => cse.request(request, signal) };
  const sender = recording(makeSender?.(inner, cse) ?? inner);
  const taken: Instance[] = [];
  const faults: unknown[] = [];
  const waiting = new Set<() => void>();
  const told = () => {
    for (const look of waiting) look();
  };
  const settings = containerSettings({ pollInterval: 1, ...options }, name);
  const box = new Inbox(sender, name, settings, {
    take: async instance => {
      taken.push(instance);
      told();
      await take?.(instance);
    },
    onFault: fault => {
      faults.push(fault);
      told();
    },
    wanted: () => true,
  });
  t.after(() => box.close().catch(() => undefined));
  return {
    cse,
    sender,
    box,
    taken,
    faults,
    /** Until what was taken, or what failed, is as the test wants it. */
    until: (condition: () => boolean) =>
      within(
        new Promise<void>(resolve => {
          waiting.add(() => condition() && resolve());
          told();
        }),
        'an instance or a fault',
      ),
  };
}

const responseOf = (requestIdentifier: string): ResponsePrimitive => ({
  responseStatusCode: 2000,
  requestIdentifier,
});

function instance(requestIdentifier: string, attributes: object = {}): { readonly 'm2m:cin': object } {
  const { 'm2m:cin': cin } = instanceOf(responseOf(requestIdentifier)) as { 'm2m:cin': object };
  return { 'm2m:cin': { ...attributes, ...cin } };
}

const notification = (cin: object): RequestPrimitive => ({
  operation: 'notify',
  to: 'x',
  requestIdentifier: 'n',
  content: { 'm2m:sgn': { nev: { rep: cin } } },
});

/** As somebody who is registered at the CSE and is not the owner of the inbox. */
async function another(cse: TransitCse) {
  const from = 'Csomebody';
  const ask = (request: Pick<RequestPrimitive, 'operation' | 'to' | 'resourceType' | 'content'>) =>
    cse.request({ ...request, from, requestIdentifier: 'x', releaseVersionIndicator: '3' });
  const ae = { rn: 'somebody', api: 'Nx', rr: false, srv: ['3'] };
  await ask({ operation: 'create', to: '-', resourceType: 2, content: { 'm2m:ae': ae } });
  return {
    ask,
    async put(content: object): Promise<void> {
      const response = await ask({ operation: 'create', to: inbox, resourceType: 4, content });
      assert.equal(response.responseStatusCode, 2001);
    },
  };
}

const identifiers = (taken: readonly Instance[]) => taken.map(({ primitive }) => primitive.requestIdentifier);
const isLook = ({ operation, to }: RequestPrimitive) => operation === 'retrieve' && to === `${inbox}/la`;
const isCheck = ({ operation, to }: RequestPrimitive) => operation === 'retrieve' && to === inbox;
const isRemoval = ({ operation, to }: RequestPrimitive) => operation === 'delete' && to === `-/${name}`;
const attributesIn = ({ content }: RequestPrimitive): Record<string, unknown> => {
  const [attributes] = Object.values(content as Record<string, Record<string, unknown>>);
  return attributes ?? assert.fail();
};

test('whoever else is registered puts instances into our inbox, and can do nothing else with it', async t => {
  const { cse, box, until, taken } = await start(t, { options: { pollInterval: 60_000 } });
  await box.ready(null, false);
  const { ask, put } = await another(cse);
  await put(instance('r1', { rn: 'message' }));
  const statuses = [];
  for (const to of [inbox, `${inbox}/la`, `${inbox}/message`, `-/${name}`, `-/${name}/acp`])
    for (const operation of ['retrieve', 'delete'] as const)
      statuses.push((await ask({ operation, to })).responseStatusCode);
  const opened = { 'm2m:acp': { pv: { acr: [{ acor: ['all'], acop: 63 }] } } };
  statuses.push(
    (await ask({ operation: 'update', to: `-/${name}/acp`, content: opened })).responseStatusCode,
    (await ask({ operation: 'update', to: inbox, content: { 'm2m:cnt': { mni: 0 } } })).responseStatusCode,
  );
  assert.deepEqual(new Set(statuses), new Set([4103]));
  assert.deepEqual(taken, []);
  await box.notified(notification({ ...instance('r1')['m2m:cin'], ri: 'id' }));
  await until(() => taken.length === 1);
});

test('writers are all that may put an instance into our inbox', async t => {
  const { cse, box } = await start(t, { options: { writers: ['Cfriend'] } });
  await box.ready(null, false);
  const { ask } = await another(cse);
  const content = instance('r1');
  const { responseStatusCode } = await ask({ operation: 'create', to: inbox, resourceType: 4, content });
  assert.equal(responseStatusCode, 4103);
});

test('what is made ends by itself after a day, and the container keeps 256 instances (TS-0001 9.6.1.3.2)', async t => {
  const { sender, box } = await start(t, { options: { receive: 'polling channel' } });
  const before = Date.now();
  await box.ready(null, false);
  const made = sender.sent.filter(({ operation }) => operation === 'create');
  assert.deepEqual(
    made.map(({ resourceType }) => resourceType),
    [2, 1, 3, 15, 23],
  );
  for (const request of made) {
    const { et } = attributesIn(request);
    assert.ok(typeof et === 'string' && /^\d{8}T\d{6}$/.test(et));
    const end = Date.parse(et.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6Z'));
    assert.ok(Math.abs(end - before - 86_400_000) < 60_000, et);
  }
  const [container] = made.filter(({ resourceType }) => resourceType === 3);
  assert.equal(attributesIn(container ?? assert.fail()).mni, 256);
});

test('the end of what is made is put off every six hours, until it is removed', async t => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { sender, box } = await start(t, { options: { receive: 'polling channel' } });
  await box.ready(null, false);
  const updated = () =>
    sender.sent.filter(({ operation }) => operation === 'update').map(({ to }) => to.split('/').at(-1));
  t.mock.timers.tick(6 * 3_600_000 - 1);
  assert.deepEqual(updated(), []);
  t.mock.timers.tick(1);
  await box.ready(null, true);
  await box.close();
  assert.deepEqual(updated().slice(0, 1), [name]);
  const count = updated().length;
  t.mock.timers.tick(24 * 3_600_000);
  assert.equal(updated().length, count);
});

test('a policy without a resource ID makes no container: some CSEs leave one without policy open', async t => {
  for (const ri of [undefined, '', 7]) {
    const { box, sender } = await start(t, {
      sender: inner =>
        interrupted(inner, request =>
          request.operation === 'create' && request.resourceType === 1
            ? respond(request, 2001, { 'm2m:acp': { rn: 'acp', ri } })
            : null,
        ),
    });
    await assert.rejects(box.ready(null, false), refusal('CARRIER_FAILED', /no ri of -\/e2ekey-test\/acp/));
    assert.ok(!sender.sent.some(({ resourceType }) => resourceType === 3));
  }
});

test('a CSE-ID that is none is no part of the address that others are told', async t => {
  for (const [csi, address] of [
    ['/cse-m', `/cse-m/${inbox}`],
    ['/cse m?x=1', inbox],
    ['cse', inbox],
    [7, inbox],
  ]) {
    const { box } = await start(t, {
      sender: inner =>
        interrupted(inner, request =>
          request.operation === 'retrieve' && request.to === '-'
            ? respond(request, 2000, { 'm2m:cb': { csi } })
            : null,
        ),
    });
    assert.equal(await box.ready(null, false), address);
  }
});

test('no request waits for ever for the CSE', async t => {
  const limit = new AbortController();
  const ended = Promise.withResolvers<void>();
  t.after(() => ended.resolve());
  t.mock.method(AbortSignal, 'timeout', () => limit.signal);
  const { box } = await start(t, {
    sender: () => ({
      async send(_, signal) {
        const aborted = new Promise(resolve => signal.addEventListener('abort', resolve));
        limit.abort();
        if (!signal.aborted) await Promise.race([aborted, ended.promise]);
        throw new E2EKeyError('REQUEST_EXPIRED', 'too late');
      },
    }),
  });
  await assert.rejects(within(box.ready(null, false), 'a request to end'), refusal('REQUEST_EXPIRED'));
});

test('an inbox that two look for at the same time is made anew once', async t => {
  const { cse, sender, box } = await start(t);
  await box.ready(null, false);
  await cse.request({
    operation: 'delete',
    to: `-/${name}`,
    from: `C${name}`,
    requestIdentifier: 'x',
    releaseVersionIndicator: '3',
  });
  sender.sent.length = 0;
  await Promise.all([box.ready(null, true), box.ready(null, true), box.ready(null, true)]);
  assert.equal(sender.sent.filter(({ resourceType }) => resourceType === 2).length, 1);
  assert.ok(cse.resources.includes(`base/${name}/in`));
});

test('a look that was under way makes nothing anew of what was removed meanwhile', async t => {
  const held = Promise.withResolvers<void>();
  t.after(() => held.resolve());
  const { cse, box } = await start(t, {
    sender: inner =>
      interrupted(inner, request =>
        isCheck(request) ? held.promise.then(() => inner.send(request, new AbortController().signal)) : null,
      ),
  });
  await box.ready(null, false);
  const looking = box.ready(null, true);
  await box.close();
  held.resolve();
  await assert.rejects(looking, refusal('OPTION_INVALID', /closed/));
  assert.deepEqual(cse.resources, []);
});

test('an inbox that is closed while it is being made is nobody’s address, and nothing is left', async t => {
  const { cse, sender, box } = await start(t);
  const [ready] = await Promise.allSettled([box.ready(null, false), box.close()]);
  assert.equal(ready.status, 'rejected');
  assert.deepEqual(cse.resources, []);
  assert.ok(sender.sent.some(isRemoval));
});

test('closing waits for the CREATE that is under way, also where the signal does not end it', async t => {
  const held = Promise.withResolvers<void>();
  t.after(() => held.resolve());
  const { cse, sender, box } = await start(t, {
    sender: (_, cse) => ({
      async send(request) {
        if (request.operation === 'create') await held.promise;
        return cse.request(request);
      },
    }),
  });
  const ready = assert.rejects(box.ready(null, false), refusal('OPTION_INVALID', /closed/));
  const closing = box.close();
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  assert.deepEqual(new Set(sender.sent.map(({ operation }) => operation)), new Set(['create']));
  held.resolve();
  await ready;
  await closing;
  assert.deepEqual(cse.resources, []);
});

test('what was never made is not removed: under its name is the inbox of another process', async t => {
  const { cse, box } = await start(t);
  await box.ready(null, false);
  const second = await start(t, { cse });
  await second.box.close();
  assert.deepEqual(second.sender.sent, []);
  assert.ok(cse.resources.includes(`base/${name}/in`));
});

test('what the CSE says of a refusal is told in 512 characters, without control characters', async t => {
  const { box } = await start(t, {
    sender: inner =>
      interrupted(inner, request =>
        request.operation === 'create'
          ? respond(request, 4103, { 'm2m:dbg': `\u001b${'x'.repeat(600)}` })
          : null,
      ),
  });
  const told = `the CSE answered CREATE - with 4103:  ${'x'.repeat(511)}`;
  await assert.rejects(box.ready(null, false), { code: 'CARRIER_FAILED', message: told });
});

test('what has gone already needs no removal', async t => {
  for (const status of [4004, 4106]) {
    const { box, sender } = await start(t, {
      sender: inner => interrupted(inner, request => (isRemoval(request) ? respond(request, status) : null)),
    });
    await box.ready(null, false);
    await box.close();
    assert.equal(sender.sent.filter(isRemoval).length, 1);
  }
});

test('a removal that fails is tried four times, and then said', async t => {
  let failing = 3;
  const { cse, box, sender } = await start(t, {
    sender: inner =>
      interrupted(inner, request =>
        isRemoval(request) && failing-- > 0
          ? Promise.reject(new E2EKeyError('CARRIER_FAILED', 'nobody is there'))
          : null,
      ),
  });
  await box.ready(null, false);
  await box.close();
  assert.deepEqual(cse.resources, []);
  failing = Number.POSITIVE_INFINITY;
  const other = await start(t, {
    sender: inner =>
      interrupted(inner, request =>
        isRemoval(request) ? respond(request, 4103, { 'm2m:dbg': 'not yours' }) : null,
      ),
  });
  await other.box.ready(null, false);
  await assert.rejects(other.box.close(), refusal('CARRIER_FAILED', /4103: not yours/));
  assert.equal(other.sender.sent.filter(isRemoval).length, 4);
  assert.equal(sender.sent.filter(isRemoval).length, 4);
});

test('an instance whose DELETE was lost is taken once', async t => {
  let looks = 0;
  const { box, cse, taken, until } = await start(t, {
    sender: inner =>
      interrupted(inner, request => {
        if (isLook(request) && ++looks === 8) void box.notified(notification({ ...last, ri: 'last' }));
        return request.operation === 'delete' && request.to.startsWith(`${inbox}/`)
          ? respond(request, 5000)
          : null;
      }),
  });
  const last = instance('last')['m2m:cin'];
  await box.ready(null, false);
  await (await another(cse)).put(instance('r1'));
  await until(() => identifiers(taken).includes('last'));
  assert.deepEqual(identifiers(taken), ['r1', 'last']);
});

test('whoever notifies us of what is not there does not keep away what is to come with that resource ID', async t => {
  const { box, taken, until } = await start(t, { options: notifications });
  for (const rqi of ['forged', 'true', 'true'])
    await box.notified(notification({ ...instance(rqi)['m2m:cin'], ri: 'cin-7' }));
  await until(() => taken.length === 2);
  assert.deepEqual(identifiers(taken), ['forged', 'true']);
});

test('what has no resource ID, or a content that JSON has not, is no instance', async t => {
  const { box, taken } = await start(t, { options: notifications });
  for (const cin of [instance('r')['m2m:cin'], { ri: 7, con: '{}' }, { ri: 'id', con: 1n }]) {
    const { responseStatusCode } = await box.notified(notification(cin));
    assert.equal(responseStatusCode, 2000);
  }
  await box.close();
  assert.deepEqual(taken, []);
});

test('4096 taken instances are remembered', async t => {
  const { box, taken, until } = await start(t, { options: notifications });
  const notify = (id: number) => box.notified(notification({ ...instance('r')['m2m:cin'], ri: `id${id}` }));
  for (let id = 1; id <= 4097; id++) await notify(id);
  await notify(2);
  await until(() => taken.length === 4097);
  await notify(1);
  await until(() => taken.length === 4098);
});

test('256 instances are in hand at once; what is above stays in the inbox until there is room', async t => {
  const busy = Promise.withResolvers<void>();
  t.after(() => busy.resolve());
  const looked = Promise.withResolvers<void>();
  let isFull = false;
  const { cse, box, sender, taken, until } = await start(t, {
    take: () => busy.promise,
    sender: (inner, cse) =>
      interrupted(inner, async request => {
        const response = await cse.request(request);
        if (isFull && isLook(request) && response.responseStatusCode === 2000) looked.resolve();
        return response;
      }),
  });
  await box.ready(null, false);
  for (let id = 1; id <= 256; id++)
    await box.notified(notification({ ...instance('r')['m2m:cin'], ri: `id${id}` }));
  assert.equal(taken.length, 256);
  await box.notified(notification({ ...instance('r')['m2m:cin'], ri: 'id257', rn: 'above' }));
  assert.equal(taken.length, 256);
  isFull = true;
  await (await another(cse)).put(instance('above', { rn: 'above' }));
  await within(looked.promise, 'a look');
  assert.ok(!sender.sent.some(({ operation }) => operation === 'delete'));
  assert.ok(cse.resources.includes(`base/${name}/in/above`));
  busy.resolve();
  await until(() => taken.length === 257);
});

test('an inbox that was closed takes nothing that it is notified of', async t => {
  const { box, taken } = await start(t, { options: notifications });
  await box.close();
  await box.notified(notification({ ...instance('r')['m2m:cin'], ri: 'id' }));
  assert.deepEqual(taken, []);
});

test('closing waits for what is in hand', async t => {
  const busy = Promise.withResolvers<void>();
  t.after(() => busy.resolve());
  const { cse, box, sender } = await start(t, { options: notifications, take: () => busy.promise });
  await box.ready(null, false);
  await box.notified(notification({ ...instance('r')['m2m:cin'], ri: 'id' }));
  const closing = box.close();
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  assert.ok(!sender.sent.some(isRemoval));
  busy.resolve();
  await closing;
  assert.deepEqual(cse.resources, []);
});

test('an instance whose name is not deleted does not hide the ones before it', async t => {
  const allowed = Promise.withResolvers<void>();
  t.after(() => allowed.resolve());
  const { cse, box, taken, until } = await start(t, {
    sender: (inner, cse) =>
      interrupted(inner, async request => {
        if (isLook(request)) await allowed.promise;
        return cse.request(request);
      }),
  });
  await box.ready(null, false);
  const { put } = await another(cse);
  for (const [rqi, rn] of [
    ['first', 'a'],
    ['second', 'sub'],
  ] as const)
    await put(instance(rqi, { rn }));
  allowed.resolve();
  await until(() => taken.length === 2);
  assert.deepEqual(identifiers(taken), ['second', 'first']);
});

test('a failure is told, and the inbox is looked at again', async t => {
  let failures = 2;
  const { cse, box, faults, taken, until } = await start(t, {
    sender: inner =>
      interrupted(inner, request =>
        isLook(request) && failures-- > 0
          ? Promise.reject(new E2EKeyError('CARRIER_FAILED', 'nobody is there'))
          : null,
      ),
    take: ({ primitive }) =>
      primitive.requestIdentifier === 'bad' ? Promise.reject(new Error('not taken')) : Promise.resolve(),
  });
  await box.ready(null, false);
  const { put } = await another(cse);
  await put(instance('bad'));
  await until(() => faults.length === 3);
  await put(instance('good'));
  await until(() => taken.length === 2);
});

test('a polling channel through which nothing comes in time is no failure', async t => {
  let quiet = 3;
  const { box, sender, faults, until } = await start(t, {
    options: { receive: 'polling channel' },
    sender: inner =>
      interrupted(inner, request =>
        request.operation === 'retrieve' && request.to.endsWith('/pcu')
          ? Promise.reject(
              quiet-- > 0
                ? new E2EKeyError('REQUEST_EXPIRED', 'nothing in time')
                : new E2EKeyError('CARRIER_FAILED', 'nobody is there'),
            )
          : null,
      ),
  });
  await box.ready(null, false);
  await until(() => faults.length > 0);
  assert.ok(refusal('CARRIER_FAILED')(faults[0]));
  assert.ok(sender.sent.filter(({ to }) => to.endsWith('/pcu')).length >= 4);
});
