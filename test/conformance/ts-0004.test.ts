// TS-0004 V3.32.0: what a request has to be, what its response is, notifications, and how primitives are written. The
// table of the lines is docs/conformance.md. How they travel over HTTP is in ts-0009.test.ts.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { E2EKeyError } from '../../src/errors.ts';
import { answerOf } from '../../src/onem2m/answer.ts';
import { instanceOf } from '../../src/onem2m/containers/instance.ts';
import { ownName } from '../../src/onem2m/containers/names.ts';
import { ContainerReceiver } from '../../src/onem2m/containers/receiver.ts';
import { cseBase } from '../../src/onem2m/cse-base.ts';
import { e2eSecInfo } from '../../src/onem2m/e2e-sec-info.ts';
import { httpCarrier } from '../../src/onem2m/http-carrier.ts';
import { httpSender } from '../../src/onem2m/http-sender.ts';
import { notifyCarrier } from '../../src/onem2m/notify-carrier.ts';
import { answerNotify } from '../../src/onem2m/notify-handler.ts';
import { type RequestPrimitive, type ResponsePrimitive, refusal } from '../../src/onem2m/primitive.ts';
import { requestHandler } from '../../src/onem2m/request-handler.ts';
import {
  httpStatus,
  type ResponseStatusName,
  responseStatuses,
} from '../../src/onem2m/response-status-code.ts';
import { securityInfo } from '../../src/onem2m/security-info.ts';
import { serialisationOf } from '../../src/onem2m/serialisation/media-types.ts';
import { serialisations } from '../../src/onem2m/serialisation/serialisation.ts';
import { longRequest, longResponse, shortRequest, shortResponse } from '../../src/onem2m/short-names.ts';
import { begin, cae1, cseB, initiatingEndpoint } from '../endpoint/lab.ts';
import { meet, overHttp, recording, startCse } from '../onem2m/containers/lab.ts';
import { fakeEndpoint, refusingEndpoint } from '../onem2m/fake-endpoint.ts';
import { deliveryOf, fakeSender } from '../onem2m/fake-sender.ts';
import { ask, type HttpRequest, hostCseB } from './hosts.ts';

const seci = { 'm2m:seci': { sit: 6, eckm: 'FgMB' } };
const notify: RequestPrimitive = {
  operation: 'notify',
  to: cseB,
  from: cae1,
  requestIdentifier: 'r1',
  releaseVersionIndicator: '3',
  content: seci,
};
const now = Date.parse('2026-11-22T12:00:00Z');

/** What becomes of a request to an end-point that would answer, and how often that was asked. */
async function answerTo(request: RequestPrimitive, endpoint = fakeEndpoint()) {
  const handler = requestHandler({ endpoint, targets: [cseB], cseBase: () => shownCseBase });
  const response = await handler.answer(request, { hop: 'h' });
  return { ...response, rsc: response.responseStatusCode, asked: endpoint.asked.length };
}

const shownCseBase = cseBase(
  { id: cseB, certificates: [Uint8Array.of(1)] },
  { pointOfAccess: ['http://127.0.0.1:8080'], created: new Date(now) },
);

/** The request is refused with this code and a reason, and the end-point is not asked. */
async function refused(request: RequestPrimitive, rsc: number, what: string): Promise<void> {
  const { rsc: received, asked, content } = await answerTo(request);
  assert.deepEqual([received, asked], [rsc, 0], what);
  assert.match((content as Record<string, string>)['m2m:dbg'] ?? '', /^[A-Z_]+: \S/, what);
}

const without = (...names: (keyof RequestPrimitive)[]): RequestPrimitive =>
  Object.fromEntries(
    Object.entries(notify).filter(([name]) => !names.includes(name as keyof RequestPrimitive)),
  ) as unknown as RequestPrimitive;

const withContent = (content: unknown): RequestPrimitive => ({ ...notify, content });

const { json, xml, cbor } = serialisations;
const namespace = 'xmlns:m2m="http://www.onem2m.org/xml/protocols"';
const bytes = (text: string) => Buffer.from(text);

function wrongContent(run: () => unknown, what: string): void {
  assert.throws(run, (error: E2EKeyError) => error.rsc === 4000, what);
}

test('6.3.3: a time-stamp is UTC in the basic format, with a fraction of up to six digits, or milliseconds from now', async () => {
  const respondTo = async (requestExpirationTimestamp: string) => {
    const request = { ...notify, requestExpirationTimestamp };
    const { responseStatusCode } = await answerNotify(
      fakeEndpoint(),
      request,
      { hop: 'h' },
      { clock: () => now },
    );
    return responseStatusCode;
  };
  for (const valid of ['20261122T120001', '20261122T120000,5', '20261122T120000,123456', '1', '+1', '60000'])
    assert.equal(await respondTo(valid), 2000, valid);
  for (const passed of ['20261122T120000', '20261122T115959,999999', '20200101T000000', '0', '-1'])
    assert.equal(await respondTo(passed), 4008, passed);
  for (const wrong of [
    '2026-11-22T12:00:01',
    '20271122T120001Z',
    '20271122T120001+0100',
    '20271122T1200',
    '20271122T120000.5',
    '20271122T120000,',
    '20271122T120000,1234567',
    '20271322T120000',
    '20271122T126000',
    'soon',
    '1.5',
  ])
    assert.equal(await respondTo(wrong), 4000, wrong);
});

test('6.3.3: a day that the calendar does not have is in no time-stamp', async () => {
  for (const requestExpirationTimestamp of ['20990231T000000', '20990431T000000', '20990229T000000'])
    await refused({ ...notify, requestExpirationTimestamp }, 4000, requestExpirationTimestamp);
});

test('6.3.4.2.5: operations are numbers from 1 to 5', () => {
  for (const [index, operation] of (
    ['create', 'retrieve', 'update', 'delete', 'notify'] as const
  ).entries()) {
    assert.equal(shortRequest({ ...notify, operation }).op, index + 1);
    assert.equal(longRequest({ op: index + 1, to: '-' }).operation, operation);
  }
  for (const op of [0, 6, -1, 1.5, '5', null, undefined])
    wrongContent(() => longRequest({ op, to: '-' }), String(op));
});

test('6.3.4.2.6: of the response types blocking is what we do, and flexible leaves it to us', async () => {
  for (const responseTypeValue of [3, 4])
    assert.equal((await answerTo({ ...notify, responseType: { responseTypeValue } })).rsc, 2000);
  for (const responseTypeValue of [0, 6])
    await refused({ ...notify, responseType: { responseTypeValue } }, 4000, `${responseTypeValue}`);
  assert.equal((await answerTo({ ...notify, responseType: { responseTypeValue: 5 } })).rsc, 5001);
});

test('6.3.4.2.35: of the types of securityInfo 6 is an ESCertKE Message, and others are not answered', async () => {
  for (const sit of [1, 2, 3, 4, 5, 7, 8])
    await refused(withContent({ 'm2m:seci': { sit } }), 5001, `${sit}`);
  for (const sit of [0, 9, -6, 6.5, '6', [6], null, undefined])
    await refused(withContent({ 'm2m:seci': { sit, eckm: 'FgMB' } }), 4000, String(sit));
});

test('6.3.5.48: escertkeMessage is there for securityInfoType 6, and no element of another type', async () => {
  assert.deepEqual(securityInfo.wrap(Uint8Array.of(0x16, 3, 1)), seci);
  await refused(withContent({ 'm2m:seci': { sit: 6 } }), 4000, 'none');
  for (const other of ['dreq', 'dres', 'ero', 'epo', 'darq', 'dars'])
    await refused(withContent({ 'm2m:seci': { sit: 6, eckm: 'FgMB', [other]: 'x' } }), 4000, other);
});

test('6.3.5.48: escertkeMessage is xs:base64Binary', async () => {
  for (const eckm of [
    '_-8=',
    'FgM',
    'Fg',
    'Fg MB',
    'FgMB\n',
    'FgMB====',
    'Fh==',
    '%16%03',
    '',
    5,
    null,
    ['FgMB'],
  ])
    await refused(withContent({ 'm2m:seci': { sit: 6, eckm } }), 4000, String(eckm));
});

test('6.3.5.52: e2eSecInfo lists Security Usage Identifiers, and certificates in base64', () => {
  assert.deepEqual(e2eSecInfo({ certificates: [Uint8Array.of(0x30, 0xff, 0xfe)] }), {
    esf: [43, 44, 45],
    escert: ['MP/+'],
  });
});

/** Tables 6.6.3.2-1, 6.6.3.3-1, 6.6.3.5-1 and 6.6.3.6-1. */
const statusCodes: Readonly<Record<string, number>> = {
  ACCEPTED: 1000,
  ACCEPTED_NONBLOCKING_REQUEST_SYNCH: 1001,
  ACCEPTED_NONBLOCKING_REQUEST_ASYNCH: 1002,
  OK: 2000,
  CREATED: 2001,
  DELETED: 2002,
  UPDATED: 2004,
  BAD_REQUEST: 4000,
  RELEASE_VERSION_NOT_SUPPORTED: 4001,
  NOT_FOUND: 4004,
  OPERATION_NOT_ALLOWED: 4005,
  REQUEST_TIMEOUT: 4008,
  UNSUPPORTED_MEDIA_TYPE: 4015,
  SUBSCRIPTION_CREATOR_HAS_NO_PRIVILEGE: 4101,
  CONTENTS_UNACCEPTABLE: 4102,
  ORIGINATOR_HAS_NO_PRIVILEGE: 4103,
  GROUP_REQUEST_IDENTIFIER_EXISTS: 4104,
  CONFLICT: 4105,
  ORIGINATOR_NOT_AUTHENTICATED: 4106,
  SECURITY_ASSOCIATION_REQUIRED: 4107,
  INVALID_CHILD_RESOURCE_TYPE: 4108,
  NO_MEMBERS: 4109,
  GROUP_MEMBER_TYPE_INCONSISTENT: 4110,
  ESPRIM_UNSUPPORTED_OPTION: 4111,
  ESPRIM_UNKNOWN_KEY_ID: 4112,
  ESPRIM_UNKNOWN_ORIG_RAND_ID: 4113,
  ESPRIM_UNKNOWN_RECV_RAND_ID: 4114,
  ESPRIM_BAD_MAC: 4115,
  ESPRIM_IMPERSONATION_ERROR: 4116,
  ORIGINATOR_HAS_ALREADY_REGISTERED: 4117,
  ONTOLOGY_NOT_AVAILABLE: 4118,
  LINKED_SEMANTICS_NOT_AVAILABLE: 4119,
  INVALID_SEMANTICS: 4120,
  MASHUP_MEMBER_NOT_FOUND: 4121,
  INVALID_TRIGGER_PURPOSE: 4122,
  ILLEGAL_TRANSACTION_STATE_TRANSITION_ATTEMPTED: 4123,
  BLOCKING_SUBSCRIPTION_ALREADY_EXISTS: 4124,
  SPECIALIZATION_SCHEMA_NOT_FOUND: 4125,
  APP_RULE_VALIDATION_FAILED: 4126,
  OPERATION_DENIED_BY_REMOTE_ENTITY: 4127,
  SERVICE_SUBSCRIPTION_NOT_ESTABLISHED: 4128,
  INVALID_SPARQL_QUERY: 4143,
  INTERNAL_SERVER_ERROR: 5000,
  NOT_IMPLEMENTED: 5001,
  TARGET_NOT_REACHABLE: 5103,
  RECEIVER_HAS_NO_PRIVILEGE: 5105,
  ALREADY_EXISTS: 5106,
  REMOTE_ENTITY_NOT_REACHABLE: 5107,
  TARGET_NOT_SUBSCRIBABLE: 5203,
  SUBSCRIPTION_VERIFICATION_INITIATION_FAILED: 5204,
  SUBSCRIPTION_HOST_HAS_NO_PRIVILEGE: 5205,
  NON_BLOCKING_SYNCH_REQUEST_NOT_SUPPORTED: 5206,
  NOT_ACCEPTABLE: 5207,
  DISCOVERY_DENIED_BY_IPE: 5208,
  GROUP_MEMBERS_NOT_RESPONDED: 5209,
  ESPRIM_DECRYPTION_ERROR: 5210,
  ESPRIM_ENCRYPTION_ERROR: 5211,
  SPARQL_UPDATE_ERROR: 5212,
  TARGET_HAS_NO_SESSION_CAPABILITY: 5214,
  SESSION_IS_ONLINE: 5215,
  JOIN_MULTICAST_GROUP_FAILED: 5216,
  LEAVE_MULTICAST_GROUP_FAILED: 5217,
  TRIGGERING_DISABLED_FOR_RECIPIENT: 5218,
  UNABLE_TO_REPLACE_REQUEST: 5219,
  UNABLE_TO_RECALL_REQUEST: 5220,
  CROSS_RESOURCE_OPERATION_FAILURE: 5221,
  TRANSACTION_PROCESSING_IS_INCOMPLETE: 5222,
};

/** Of every code that we have, those of one class. */
function codesOfClass(first: number): void {
  const names = Object.keys(responseStatuses) as ResponseStatusName[];
  const ours = names.filter(name => Math.floor(responseStatuses[name].rsc / 1000) === first);
  assert.ok(ours.length > 0);
  for (const name of ours) {
    // A name that is not in the list above has to be looked up, and added with its number.
    assert.equal(responseStatuses[name].rsc, statusCodes[name], name);
    assert.equal(refusal({}, name, 'x').responseStatusCode, statusCodes[name], name);
  }
}

test('6.6.2: a code that is not known counts as one of its class', () => {
  for (const [rsc, http] of [
    [1999, 202],
    [2999, 200],
    [4999, 400],
    [5999, 500],
    [6999, 500],
  ] as const) {
    assert.equal(httpStatus(rsc), http, `${rsc}`);
    assert.equal(longResponse({ rsc }).responseStatusCode, rsc);
  }
});
test('6.6.3.2: informational codes have the numbers of the table', () => codesOfClass(1));
test('6.6.3.3: codes of success have the numbers of the table', () => codesOfClass(2));
test('6.6.3.5: codes of an error of the originator have the numbers of the table', () => codesOfClass(4));
test('6.6.3.6: codes of an error of the receiver have the numbers of the table', () => codesOfClass(5));

test('6.7: media types of resources and of notifications are read, those of whole primitives are no content', () => {
  for (const serialisation of ['json', 'xml', 'cbor'] as const) {
    for (const mediaType of ['vnd.onem2m-res+', 'vnd.onem2m-ntfy+', ''])
      assert.equal(serialisationOf(`application/${mediaType}${serialisation}`), serialisation);
    for (const mediaType of ['vnd.onem2m-preq+', 'vnd.onem2m-prsp+', 'vnd.onem2m-xyz+'])
      assert.equal(serialisationOf(`application/${mediaType}${serialisation}`), null, mediaType);
  }
});

test('6.8: a virtual resource is its name behind each address of its parent', async () => {
  for (const to of [cseB, `${cseB}/-`, '/cse-b', '/cse-b/-', '-'])
    assert.equal((await answerTo({ ...notify, to: `${to}/e2EKeyCSE` })).rsc, 2000, to);
});

test('7.2.1.1: a NOTIFY has a Content', () => refused(without('content'), 4000, 'none'));

test('7.2.1.2: a response has the Request Identifier and the Release Version Indicator of its request', async () => {
  for (const [endpoint, request] of [
    [fakeEndpoint(), notify],
    [refusingEndpoint('CERTIFICATE_UNTRUSTED', 'no'), notify],
    [fakeEndpoint(), withContent('wrong')],
    [fakeEndpoint(), without('from')],
    [fakeEndpoint(), { ...notify, to: '/other' }],
    [fakeEndpoint(), { ...notify, operation: 'delete' }],
    [fakeEndpoint(), { ...notify, operation: 'retrieve' }],
  ] as const) {
    const { requestIdentifier, releaseVersionIndicator } = await answerTo(request, endpoint);
    assert.deepEqual([requestIdentifier, releaseVersionIndicator], ['r1', '3']);
  }
});

/** What is wrong with a request over HTTP, and the code that TS-0004 has for it. */
const badInput: readonly [what: string, changed: HttpRequest, rsc: number, status: number][] = [
  ['no originator (7.3.2.1)', { headers: { 'X-M2M-Origin': undefined } }, 4000, 400],
  ['an empty originator (7.3.2.1)', { headers: { 'X-M2M-Origin': '' } }, 4000, 400],
  ['no Request Identifier (7.2.1.1)', { headers: { 'X-M2M-RI': undefined } }, 4000, 400],
  ['a release of the future (7.3.2.1)', { headers: { 'X-M2M-RVI': '99' } }, 4001, 501],
  ['an expired request (7.3.2.1)', { headers: { 'X-M2M-RET': '20200101T000000' } }, 4008, 504],
  ['a time-stamp that is none (6.3.3)', { headers: { 'X-M2M-RET': 'soon' } }, 4000, 400],
  ['a non-blocking request (7.3.2.2)', { path: '/~/cse-b?rt=1' }, 5206, 501],
  ['plain text (7.3.3.1)', { headers: { 'Content-Type': 'text/plain' } }, 4015, 415],
  ['no content type (7.3.3.1)', { headers: { 'Content-Type': undefined } }, 4015, 415],
  ['a whole primitive (6.7)', { headers: { 'Content-Type': 'application/vnd.onem2m-preq+json' } }, 4015, 415],
  ['JSON in UTF-16 (8.4.2)', { headers: { 'Content-Type': 'application/json;charset=utf-16' } }, 4015, 415],
  ['an answer that cannot be written (7.3.3.1)', { headers: { Accept: 'text/html' } }, 5207, 406],
  ['98305 bytes of body', { body: JSON.stringify(seci).padEnd(98_305) }, 4102, 400],
  [
    '65537 bytes of message',
    { body: `{"m2m:seci":{"sit":6,"eckm":"${Buffer.alloc(65_537).toString('base64')}"}}` },
    4102,
    400,
  ],
  ['nothing (7.2.1.1)', { body: '' }, 4000, 400],
  ...wrongJson(),
  ...wrongXml(),
  ...wrongCbor(),
];

function wrongJson(): typeof badInput {
  const wrapped = (members: string) => `{"m2m:seci":{${members}}}`;
  return [
    ['no JSON (8.4.2)', '<m2m:seci/>'],
    ['JSON that ends early (8.4.2)', '{"m2m:seci":{"sit":6,"eckm":"FgMB"}'],
    ['JSON that is not UTF-8 (8.4.2)', Buffer.from('{"é":1}', 'latin1')],
    ['a name twice (8.4.2)', wrapped('"sit":6,"eckm":"FgMB","eckm":"FgMC"')],
    ['45000 arrays (8.4.2)', `${'['.repeat(45_000)}${']'.repeat(45_000)}`],
    ['another notification (7.5.1.1)', '{"m2m:sgn":{"vrq":true,"sur":"x"}}'],
    ['two contents (8.4.2)', '{"m2m:seci":{"sit":6,"eckm":"FgMB"},"m2m:sgn":{}}'],
    ['a wrapped primitive (8.4.2)', '{"m2m:rqp":{"op":5,"pc":{"m2m:seci":{"sit":6,"eckm":"FgMB"}}}}'],
    ['the long name of the content (8.2.5)', '{"m2m:securityInfo":{"sit":6,"eckm":"FgMB"}}'],
    ['long names in the content (8.2.5)', wrapped('"securityInfoType":6,"escertkeMessage":"FgMB"')],
    ['no prefix (8.4.2)', '{"seci":{"sit":6,"eckm":"FgMB"}}'],
    ['names in capitals (8.2.1)', wrapped('"SIT":6,"ECKM":"FgMB"')],
    ['no sit (6.3.5.48)', wrapped('"eckm":"FgMB"')],
    ['sit 0 (6.3.4.2.35)', wrapped('"sit":0,"eckm":"FgMB"')],
    ['sit 9 (6.3.4.2.35)', wrapped('"sit":9,"eckm":"FgMB"')],
    ['sit as text (8.4.2)', wrapped('"sit":"6","eckm":"FgMB"')],
    ['another element (6.3.5.48)', wrapped('"sit":6,"eckm":"FgMB","epo":"x"')],
    ['no eckm (6.3.5.48)', wrapped('"sit":6')],
    ['eckm in base64url (6.3.5.48)', wrapped('"sit":6,"eckm":"_-8="')],
    ['eckm without padding (6.3.5.48)', wrapped('"sit":6,"eckm":"Fg"')],
    ['eckm in hexadecimal digits (6.3.5.48)', wrapped('"sit":6,"eckm":"160301"')],
  ].map(([what, body]) => [`JSON: ${what}`, { body: body ?? '' }, 4000, 400]);
}

function wrongXml(): typeof badInput {
  const root = (inside: string, doctype = '') => `${doctype}<m2m:seci ${namespace}>${inside}</m2m:seci>`;
  const lines = Array.from({ length: 9 }, (_, i) => `<!ENTITY b${i + 1} "${`&b${i};`.repeat(10)}">`);
  const laughs = `<!DOCTYPE x [<!ENTITY b0 "FgMB">${lines.join('')}]>`;
  const file = '<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/hostname">]>';
  return [
    ['no XML (8.3.1)', JSON.stringify(seci)],
    ['XML that ends early (8.3.1)', root('<sit>6</sit><eckm>FgMB')],
    ['XML that is not UTF-8 (8.3.1)', Buffer.from(root('<sit>é</sit>'), 'latin1')],
    ['entities that grow (8.3.1)', root('<sit>6</sit><eckm>&b9;</eckm>', laughs)],
    ['an entity that is a file (8.3.1)', root('<sit>6</sit><eckm>&b;</eckm>', file)],
    ['40000 elements within each other (8.3.1)', root('<a>'.repeat(13_000) + '</a>'.repeat(13_000))],
    ['another namespace (7.5.2)', '<m2m:seci xmlns:m2m="urn:x"><sit>6</sit><eckm>FgMB</eckm></m2m:seci>'],
    ['no prefix (7.5.2)', '<seci><sit>6</sit><eckm>FgMB</eckm></seci>'],
    ['long names (8.2.5)', root('<securityInfoType>6</securityInfoType><eckm>FgMB</eckm>')],
    ['an element twice (8.3.1)', root('<sit>6</sit><eckm>FgMB</eckm><eckm>FgMC</eckm>')],
    ['sit 9 (6.3.4.2.35)', root('<sit>9</sit><eckm>FgMB</eckm>')],
    ['sit that is no number (8.3.1)', root('<sit>six</sit><eckm>FgMB</eckm>')],
    ['eckm in base64url (6.3.5.48)', root('<sit>6</sit><eckm>_-8=</eckm>')],
  ].map(([what, body]) => [
    `XML: ${what}`,
    { headers: { 'Content-Type': 'application/xml' }, body: body ?? '' },
    4000,
    400,
  ]);
}

function wrongCbor(): typeof badInput {
  const good = cbor.write(seci);
  const map = (...members: Buffer[]) => Buffer.concat([Buffer.of(0xa0 + members.length), ...members]);
  const text = (value: string) => cbor.write(value);
  const content = (...members: Buffer[]) => map(Buffer.concat([text('m2m:seci'), map(...members)]));
  const sit = (value: number) => Buffer.concat([text('sit'), cbor.write(value)]);
  const eckm = (value: string) => Buffer.concat([text('eckm'), text(value)]);
  const byteString = Buffer.concat([text('eckm'), Buffer.of(0x43, 0x16, 3, 1)]);
  return [
    ['no CBOR (8.5.1)', Buffer.of(0xff)],
    ['JSON (8.5.1)', bytes(JSON.stringify(seci))],
    ['CBOR that ends early (8.5.1)', good.subarray(0, -1)],
    ['bytes behind it (8.5.1)', Buffer.concat([good, Buffer.of(0)])],
    ['90000 arrays (8.5.1)', Buffer.alloc(90_000, 0x81)],
    ['90000 arrays without length (8.5.1)', Buffer.alloc(90_000, 0x9f)],
    ['an array of 2^32 - 1 entries (8.5.1)', Buffer.of(0x9a, 0xff, 0xff, 0xff, 0xff)],
    ['a text of 2^32 - 1 bytes (8.5.1)', Buffer.of(0x7a, 0xff, 0xff, 0xff, 0xff)],
    ['a byte string (8.5.1)', content(sit(6), byteString)],
    ['a name twice (8.4.2)', content(sit(6), eckm('FgMB'), eckm('FgMC'))],
    ['long names (8.2.5)', cbor.write({ 'm2m:securityInfo': { sit: 6, eckm: 'FgMB' } })],
    ['sit 9 (6.3.4.2.35)', content(sit(9), eckm('FgMB'))],
    ['eckm in base64url (6.3.5.48)', content(sit(6), eckm('_-8='))],
  ].map(([what, body]) => [
    `CBOR: ${what}`,
    { headers: { 'Content-Type': 'application/cbor' }, body: body ?? '' },
    4000,
    400,
  ]);
}

test('7.2.2.2: a malformed request is answered with its Response Status Code and a reason, and nothing changes', async t => {
  const { hosts, touched } = await hostCseB(t);
  for (const { name, url } of hosts) {
    for (const [what, changed, rsc, status] of badInput) {
      const body = changed.body ?? JSON.stringify(seci);
      const answer = await ask(url, { ...changed, body });
      const received = [answer.headers['x-m2m-rsc'], answer.status];
      assert.deepEqual(received, [`${rsc}`, status], `${name}: ${what}`);
      // Of what cannot be read as a content, the response is JSON, XML or CBOR: the reason is text in each.
      const reason = /m2m:dbg.*?[A-Z_]{4,}: \S/s.exec(answer.body.toString('latin1'));
      assert.ok(reason !== null, `${name}: ${what}: ${answer.body}`);
      if (!what.includes('Request Identifier')) assert.equal(answer.headers['x-m2m-ri'], 'r1', what);
    }
    assert.deepEqual(touched, [], name);
  }
  // The same watch sees what does change something.
  const eckm = Buffer.from(begin().message1).toString('base64');
  for (const { url } of hosts) {
    const answer = await ask(url, { body: JSON.stringify({ 'm2m:seci': { sit: 6, eckm } }) });
    assert.equal(answer.headers['x-m2m-rsc'], '2000');
  }
  assert.ok(touched.includes('answer') && touched.includes('store.complete'));
});

test('7.3.1.1: a request of ours has Operation, To, From, Request Identifier and Release Version Indicator', async () => {
  const sender = fakeSender();
  await notifyCarrier(sender).deliver(deliveryOf());
  assert.deepEqual(sender.sent[0]?.request, {
    operation: 'notify',
    to: '//m2m.example.com/cse-b',
    from: '//m2m.example.com/cse-a/Cae1',
    requestIdentifier: 'e2ekey-p1-1',
    releaseVersionIndicator: '3',
    content: seci,
  });
});

test('7.3.1.3: a response that does not come counts as REQUEST_TIMEOUT', async t => {
  const unanswered = { send: () => Promise.reject(new E2EKeyError('REQUEST_EXPIRED', 'no answer in time')) };
  await assert.rejects(notifyCarrier(unanswered).deliver(deliveryOf()), {
    code: 'REQUEST_EXPIRED',
    rsc: 4008,
  });
  const { hosts } = await hostCseB(t);
  const aborted = deliveryOf({ signal: AbortSignal.abort() });
  for (const { url } of hosts)
    await assert.rejects(httpCarrier(url).deliver(aborted), { code: 'REQUEST_EXPIRED', rsc: 4008 });
});

test('7.3.1.3: over HTTP the connection says which response it is, whatever its Request Identifier', async () => {
  const sender = fakeSender({ responseStatusCode: 2000, requestIdentifier: 'notify', content: seci });
  const answer = await notifyCarrier(sender).deliver(deliveryOf());
  assert.deepEqual(answer.message, Uint8Array.of(0x16, 3, 1));
});

test('7.3.2.1: a request without From is BAD_REQUEST', () => refused(without('from'), 4000, 'none'));

test('7.3.2.1: a request whose Request Expiration Timestamp has passed is REQUEST_TIMEOUT', async () => {
  for (const operation of ['notify', 'retrieve'] as const)
    await refused({ ...notify, operation, requestExpirationTimestamp: '20200101T000000' }, 4008, operation);
});

test('7.3.2.1: Operation Execution Time, which is not supported, is NOT_IMPLEMENTED', async t => {
  const { hosts, touched } = await hostCseB(t);
  for (const { name, url } of hosts) {
    const headers = { 'X-M2M-OET': '20990101T000000' };
    const answer = await ask(url, { headers, body: JSON.stringify(seci) });
    assert.equal(answer.headers['x-m2m-rsc'], '5001', name);
  }
  assert.deepEqual(touched, []);
});

test('7.3.2.1: a CREATE without a resource type, or with one that is none, is BAD_REQUEST', async t => {
  await refused({ ...notify, operation: 'create', to: '-/e2EKeyCSE' }, 4000, 'none');
  const { hosts, touched } = await hostCseB(t);
  for (const { name, url } of hosts)
    for (const type of ['ty=', 'ty=x', 'ty=4;ty=5', 'ty=-1', 'ty=4.0', 'ty=100000']) {
      const headers = { 'Content-Type': `application/json;${type}` };
      const answer = await ask(url, { path: '/-/e2EKeyCSE', headers, body: JSON.stringify(seci) });
      assert.equal(answer.headers['x-m2m-rsc'], '4000', `${name} ${type}`);
    }
  assert.deepEqual(touched, []);
});

test('7.3.2.1: a Result Content that is not for a RETRIEVE is BAD_REQUEST', async () => {
  // TS-0001 Table 8.1.2-1.
  for (const resultContent of [0, 2, 3, 9])
    await refused({ ...notify, operation: 'retrieve', resultContent }, 4000, `${resultContent}`);
});

test('7.3.2.1: a Result Content of a RETRIEVE that is not supported is NOT_IMPLEMENTED', async () => {
  for (const resultContent of [6, 7, 8, 10])
    await refused({ ...notify, operation: 'retrieve', resultContent }, 5001, `${resultContent}`);
});

test('7.3.2.1: a Release Version Indicator that is not supported is RELEASE_VERSION_NOT_SUPPORTED', async () => {
  for (const releaseVersionIndicator of ['1', '6', '99', 'x', '3.0'])
    await refused({ ...notify, releaseVersionIndicator }, 4001, releaseVersionIndicator);
  for (const releaseVersionIndicator of ['2a', '3', '4', '5'])
    assert.equal((await answerTo({ ...notify, releaseVersionIndicator })).rsc, 2000, releaseVersionIndicator);
});

test('7.3.2.1: without Release Version Indicator a request is taken, and its response has none', async () => {
  const response = await answerTo(without('releaseVersionIndicator'));
  assert.equal(response.rsc, 2000);
  assert.ok(!('releaseVersionIndicator' in response));
});

test('7.3.2.2: without <request> resources nonBlockingRequestSynch is NON_BLOCKING_SYNCH_REQUEST_NOT_SUPPORTED', () =>
  refused({ ...notify, responseType: { responseTypeValue: 1 } }, 5206, 'rt 1'));

test('7.3.2.2: nonBlockingRequestAsynch to us is NOT_IMPLEMENTED', () =>
  refused({ ...notify, responseType: { responseTypeValue: 2 } }, 5001, 'rt 2'));

test('7.3.3.1: a target that is not there is NOT_FOUND', async () => {
  for (const to of ['', '/cse-c', '//other.example.com/cse-b', '-/nothing', 'cse-b/cse-b/e2EKeyCSE/x'])
    await refused({ ...notify, to }, 4004, to);
});

test('7.3.3.1: a content format of the request that is not supported is UNSUPPORTED_MEDIA_TYPE', async t => {
  const { hosts, touched } = await hostCseB(t);
  for (const { name, url } of hosts)
    for (const type of [
      'text/xml',
      'application/x-www-form-urlencoded',
      'application/vnd.onem2m-prsp+json',
    ]) {
      const headers = { 'Content-Type': type };
      const answer = await ask(url, { headers, body: JSON.stringify(seci) });
      assert.equal(answer.headers['x-m2m-rsc'], '4015', `${name} ${type}`);
    }
  assert.deepEqual(touched, []);
});

test('7.3.3.1: a content format of the response that is not supported is NOT_ACCEPTABLE', async t => {
  const { hosts, touched } = await hostCseB(t);
  for (const { name, url } of hosts)
    for (const Accept of ['text/html', 'application/vnd.onem2m-preq+json', 'application/json;q=0']) {
      const answer = await ask(url, { headers: { Accept }, body: JSON.stringify(seci) });
      assert.equal(answer.headers['x-m2m-rsc'], '5207', `${name} ${Accept}`);
    }
  assert.deepEqual(touched, []);
});

test('7.3.3.9: a NOTIFY to the <CSEBase> or the <AE> is processed, by its content', async () => {
  const endpoint = fakeEndpoint();
  const handler = requestHandler({ endpoint, targets: [cseB, `${cseB}/Cae17`] });
  for (const to of [cseB, '-', `${cseB}/Cae17`, 'Cae17']) {
    const { responseStatusCode } = await handler.answer({ ...notify, to }, { hop: 'h' });
    assert.equal(responseStatusCode, 2000, to);
  }
  assert.equal(endpoint.asked.length, 4);
});

test('7.3.3.12: success is OK for NOTIFY and RETRIEVE, which shows the resource, and CREATED for CREATE', async () => {
  assert.equal((await answerTo(notify)).rsc, 2000);
  const { rsc, content } = await answerTo({ ...notify, operation: 'retrieve' });
  assert.deepEqual([rsc, content], [2000, shownCseBase]);
  assert.equal(
    (await answerTo({ ...notify, operation: 'create', to: '-/e2EKeyCSE', resourceType: 4 })).rsc,
    2001,
  );
});

test('7.3.3.13: an error response is in the serialisation of its request', async t => {
  const { hosts } = await hostCseB(t);
  for (const { name, url } of hosts)
    for (const kind of ['json', 'xml', 'cbor'] as const) {
      const headers = { 'Content-Type': `application/${kind}` };
      const body = serialisations[kind].write({ 'm2m:seci': { sit: 5 } });
      const answer = await ask(url, { headers, body });
      assert.equal(answer.headers['content-type'], `application/${kind}`, name);
      const content = serialisations[kind].read(answer.body) as Record<string, string>;
      assert.match(content['m2m:dbg'] ?? '', /^NOT_IMPLEMENTED: /, `${name} ${kind}`);
    }
});

test('7.5.1.1: a NOTIFY to the end-point has a securityInfo, one to our point of access a notification', async t => {
  for (const content of [
    { 'm2m:sgn': { vrq: true, sur: 'x' } },
    { 'm2m:agn': {} },
    { 'm2m:rsp': { rsc: 2000, rqi: 'x' } },
    seci['m2m:seci'],
    'seci',
    [],
    null,
  ])
    await refused(withContent(content), 4000, JSON.stringify(content));
  const { receiver } = receiverOf(t);
  for (const content of [seci, { 'm2m:rsp': { rsc: 2000, rqi: 'x' } }, { 'm2m:sgn': 1 }, 'x', undefined]) {
    const { responseStatusCode } = await receiver.notified(withContent(content));
    assert.equal(responseStatusCode, 4000, JSON.stringify(content));
  }
});

/** A receiver of the container carrier with notifications, at a CSE that says yes to everything. */
function receiverOf(t: TestContext) {
  const endpoint = fakeEndpoint();
  const sender = fakeSender({ responseStatusCode: 2000, content: {} });
  const receiver = new ContainerReceiver(sender, requestHandler({ endpoint, targets: [cseB] }), {
    id: cseB,
    receive: { pointOfAccess: 'http://127.0.0.1:9' },
  });
  t.after(() => receiver.close());
  return { receiver, endpoint, sender };
}

/** A NOTIFY of a CSE about a subscription of ours. */
const notification = (sgn: object): RequestPrimitive => ({
  operation: 'notify',
  to: 'http://127.0.0.1:9',
  from: '/cse-m',
  requestIdentifier: 'n1',
  releaseVersionIndicator: '3',
  content: { 'm2m:sgn': { sur: '/cse-m/sub1', ...sgn } },
});

const taken = { responseStatusCode: 2000, requestIdentifier: 'n1', releaseVersionIndicator: '3' };

test('7.5.1.2.2: a notification of a new instance is answered with OK, and the instance taken', async t => {
  const { receiver, endpoint, sender } = receiverOf(t);
  const replyTo = `-/${ownName(cae1, Buffer.alloc(8))}/in`;
  const instance = instanceOf({
    ...notify,
    responseType: { responseTypeValue: 2, notificationUri: [replyTo] },
  });
  const { 'm2m:cin': attributes } = instance as { 'm2m:cin': object };
  const rep = { 'm2m:cin': { ...attributes, ri: 'cin1', rn: 'cin1', cr: 'Csomebody' } };
  const request = notification({ nev: { net: 3, rep } });
  assert.deepEqual(await receiver.notified(request), taken);
  // Sent again, as a CSE does that has not seen the response.
  assert.deepEqual(await receiver.notified(request), taken);
  await receiver.close();
  assert.deepEqual(
    endpoint.asked.map(({ from }) => from.claimed),
    [cae1],
  );
  const created = sender.sent.filter(({ request: { operation } }) => operation === 'create');
  assert.deepEqual(
    created.map(({ request: { to } }) => to),
    [replyTo],
  );
});

test('7.5.1.2.3: a verification request is answered with OK, and nothing else follows', async t => {
  const { receiver, endpoint, sender } = receiverOf(t);
  for (const sgn of [{ vrq: true, cr: cseB }, { vrq: true }])
    assert.deepEqual(await receiver.notified(notification(sgn)), taken);
  await receiver.close();
  assert.deepEqual([endpoint.asked, sender.sent], [[], []]);
});

test('7.5.1.2.4: the deletion of a subscription is answered with OK, and nothing else follows', async t => {
  const { receiver, endpoint, sender } = receiverOf(t);
  assert.deepEqual(await receiver.notified(notification({ sud: true })), taken);
  await receiver.close();
  assert.deepEqual([endpoint.asked, sender.sent], [[], []]);
});

test('7.5.1.2.7: the response to a request of a polling channel is a NOTIFY to it, with the response as content', async t => {
  const cse = await startCse(t);
  const sender = recording(overHttp(cse));
  const { receiver, carrier, initiating } = await meet(t, cse, {
    way: 'polling channel',
    terminatingSender: sender,
  });
  await receiver.open();
  await initiating.establish(cseB, carrier);
  const answers = sender.sent.filter(({ operation }) => operation === 'notify');
  assert.ok(answers.length >= 2);
  for (const { to, content } of answers) {
    assert.match(to, /\/pch\/pcu$/);
    const [name, ...others] = Object.keys(content as object);
    assert.deepEqual([name, others], ['m2m:rsp', []]);
    const { responseStatusCode, requestIdentifier } = longResponse(content);
    assert.equal(responseStatusCode, 2000);
    assert.match(requestIdentifier ?? '', /./);
  }
});

test('7.5.1.2.12: message 1 and 3 are NOTIFYs with securityInfo of type 6, message 2 and 4 their responses', async t => {
  const { hosts } = await hostCseB(t);
  // By the clock of the machine, as the carrier waits by it.
  const endpoint = initiatingEndpoint(t, { clock: () => new Date() });
  for (const { name, url } of hosts) {
    const responses: ResponsePrimitive[] = [];
    const sender = recording(httpSender(url));
    const carrier = notifyCarrier({
      async send(request, signal) {
        const response = await sender.send(request, signal);
        responses.push(response);
        return response;
      },
    });
    assert.match((await endpoint.establish(cseB, carrier)).id, /^[0-9A-F]{32}$/);
    for (const { operation, to, from } of sender.sent)
      assert.deepEqual([operation, to, from], ['notify', cseB, cae1], name);
    assert.deepEqual(
      responses.map(({ responseStatusCode }) => responseStatusCode),
      [2000, 2000],
      name,
    );
    for (const { content } of [...sender.sent, ...responses]) {
      const { 'm2m:seci': info, ...others } = content as { 'm2m:seci': Record<string, unknown> };
      assert.deepEqual([info.sit, Object.keys(info), others], [6, ['sit', 'eckm'], {}], name);
    }
  }
});

test('7.5.1.2.12: the receiver takes the message out of escertkeMessage and puts its answer into one', async () => {
  const endpoint = fakeEndpoint();
  const { rsc, content } = await answerTo(notify, endpoint);
  assert.deepEqual(endpoint.asked[0]?.message, Uint8Array.of(0x16, 3, 1));
  assert.equal(endpoint.asked[0]?.from.claimed, cae1);
  assert.deepEqual([rsc, content], [2000, { 'm2m:seci': { sit: 6, eckm: 'AQMW' } }]);
});

test('7.5.1.2.12: the originator takes a response for message 2 or 4 only with securityInfoType 6', () => {
  const response = (content: unknown): ResponsePrimitive => ({ responseStatusCode: 2000, content });
  assert.deepEqual(answerOf(response(seci)).message, Uint8Array.of(0x16, 3, 1));
  for (const content of [
    { 'm2m:seci': { sit: 5, epo: 'x' } },
    { 'm2m:seci': { sit: 5, eckm: 'FgMB' } },
    { 'm2m:seci': { eckm: 'FgMB' } },
    { 'm2m:seci': { sit: 6 } },
  ])
    assert.throws(() => answerOf(response(content)), { code: 'CARRIER_FAILED' }, JSON.stringify(content));
  assert.equal(answerOf(response(undefined)).message, null);
});

test('7.5.2: an error response has debugInfo for its reader', async () => {
  const { rsc, content } = await answerTo(
    notify,
    refusingEndpoint('PEER_NOT_ALLOWED', 'no entry for this peer'),
  );
  assert.deepEqual([rsc, content], [4103, { 'm2m:dbg': 'PEER_NOT_ALLOWED: no entry for this peer' }]);
});

test('8.2.1: short names are in the case of the tables', () => {
  for (const wrong of [
    { 'M2M:seci': { sit: 6, eckm: 'FgMB' } },
    { 'm2m:SECI': { sit: 6, eckm: 'FgMB' } },
    { 'm2m:seci': { Sit: 6, eckm: 'FgMB' } },
    { 'm2m:seci': { sit: 6, Eckm: 'FgMB' } },
  ])
    wrongContent(() => securityInfo.unwrap(wrong), JSON.stringify(wrong));
  wrongContent(() => longRequest({ OP: 5, to: '-' }), 'OP');
});

test('8.2.2: parameters of primitives have the short names of the table', () => {
  const request: RequestPrimitive = {
    ...notify,
    originatingTimestamp: '20261122T120000',
    requestExpirationTimestamp: '20261122T120001',
    resultExpirationTimestamp: '20261122T120002',
    responseType: { responseTypeValue: 2, notificationUri: ['/cse-a/Cae1/in'] },
    resourceType: 4,
    resultContent: 1,
  };
  const short = {
    op: 5,
    to: cseB,
    fr: cae1,
    rqi: 'r1',
    rvi: '3',
    ot: '20261122T120000',
    rqet: '20261122T120001',
    rset: '20261122T120002',
    rt: { rtv: 2, nu: ['/cse-a/Cae1/in'] },
    ty: 4,
    rcn: 1,
    pc: seci,
  };
  assert.deepEqual(shortRequest(request), short);
  assert.deepEqual(longRequest(short), request);
  const response = {
    responseStatusCode: 2000,
    requestIdentifier: 'r1',
    releaseVersionIndicator: '3',
    content: seci,
  };
  assert.deepEqual(shortResponse(response), { rsc: 2000, rqi: 'r1', rvi: '3', pc: seci });
  assert.deepEqual(longResponse({ rsc: 2000, rqi: 'r1', rvi: '3', pc: seci }), response);
});

test('8.3.1: XML is a well-formed document in UTF-8, with the elements in the order of the schema', () => {
  const document = xml.write({ 'm2m:seci': { eckm: 'FgMB', sit: 6 } }).toString();
  assert.match(document, /^<\?xml version="1\.0" encoding="UTF-8"\?>/);
  assert.ok(document.endsWith(`<m2m:seci ${namespace}><sit>6</sit><eckm>FgMB</eckm></m2m:seci>`), document);
  assert.deepEqual(xml.read(bytes(document)), seci);
  for (const wrong of [
    '',
    'seci',
    `<m2m:seci ${namespace}>`,
    `<m2m:seci ${namespace}></m2m:seci><a/>`,
    `<m2m:seci ${namespace} a=1/>`,
    `<?xml version="1.0" encoding="ISO-8859-1"?><m2m:seci ${namespace}/>`,
    `<?xml version="1.1"?><m2m:seci ${namespace}/>`,
  ])
    wrongContent(() => xml.read(bytes(wrong)), wrong);
  wrongContent(() => xml.read(Buffer.of(0xff, 0xfe, 0x3c, 0)), 'UTF-16');
});

test('8.3.1: NULL is an empty element', () => {
  assert.match(xml.write({ 'm2m:cnt': { mni: null } }).toString(), /<mni\/>|<mni><\/mni>/);
  for (const element of ['<mni/>', '<mni></mni>'])
    assert.deepEqual(xml.read(bytes(`<m2m:cnt ${namespace}>${element}</m2m:cnt>`)), {
      'm2m:cnt': { mni: null },
    });
});

test('8.4.2: JSON is an object in UTF-8 whose names are unique', () => {
  assert.equal(json.write({ 'm2m:dbg': 'é' }).toString('hex'), bytes('{"m2m:dbg":"é"}').toString('hex'));
  assert.deepEqual(json.read(json.write(seci)), seci);
  wrongContent(() => json.read(Buffer.from('{"é":1}', 'latin1')), 'latin1');
  wrongContent(() => json.read(bytes('{"a":1,"a":1}')), 'twice');
  wrongContent(() => json.read(bytes('{"b":{"a":1,"\\u0061":1}}')), 'twice, one written otherwise');
});

test('8.4.2: numbers are numbers, lists arrays, booleans booleans and NULL null, as XML has them too', () => {
  for (const [element, value] of [
    ['<m2m:sgn XMLNS><vrq>true</vrq><sur>x</sur></m2m:sgn>', { 'm2m:sgn': { vrq: true, sur: 'x' } }],
    ['<m2m:rsp XMLNS><rsc>2000</rsc><rqi>17</rqi></m2m:rsp>', { 'm2m:rsp': { rsc: 2000, rqi: '17' } }],
    ['<m2m:uril XMLNS>a b</m2m:uril>', { 'm2m:uril': ['a', 'b'] }],
    ['<m2m:uril XMLNS/>', { 'm2m:uril': [] }],
    ['<m2m:cb XMLNS><srt>1</srt></m2m:cb>', { 'm2m:cb': { srt: [1] } }],
  ] as const) {
    const document = bytes(element.replace('XMLNS', namespace));
    assert.deepEqual(xml.read(document), value, element);
    assert.ok(xml.write(value).includes(document), element);
  }
});

test('8.4.2: a primitive of JSON is not wrapped, and one that comes wrapped is read', () => {
  assert.deepEqual(Object.keys(shortRequest(without('content', 'from'))), ['op', 'to', 'rqi', 'rvi']);
  const bare = { op: 5, to: '-', rqi: 'r1' };
  assert.deepEqual(longRequest({ 'm2m:rqp': bare }), longRequest(bare));
});

test('8.4.2: of a failed handshake the alert and the reason stand side by side', async () => {
  const alert = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 48);
  const { rsc, content } = await answerTo(notify, refusingEndpoint('CERTIFICATE_UNTRUSTED', 'no', alert));
  assert.equal(rsc, 4106);
  assert.deepEqual(Object.keys(content as object), ['m2m:seci', 'm2m:dbg']);
  // XML has one root, and the TLS engine of the other side needs the alert.
  assert.deepEqual(xml.read(xml.write(content)), { 'm2m:seci': { sit: 6, eckm: 'FQMDAAICMA==' } });
});

test('8.5.1: CBOR has text of major type 3, whole numbers of 0 and 1, and other numbers of 32 or 64 bits', () => {
  const written = cbor.write({ a: [6, -7, 1.5, 'é'] });
  assert.equal(written.toString('hex'), 'a16161840626fb3ff800000000000062c3a9');
  for (const hex of ['a161618406fa3fc00000', 'a161618406fb3ff8000000000000'])
    assert.deepEqual(cbor.read(Buffer.from(`${hex}2601`, 'hex')), { a: [6, 1.5, -7, 1] });
});

test('8.5.1: what is no JSON is an error: byte strings, tags, other keys than text', () => {
  for (const hex of [
    'a1616143160301',
    'a16161c11a00000001',
    'a10601',
    'a1616166',
    'f7',
    'a16161f7',
    'a16161f97e00',
  ])
    wrongContent(() => cbor.read(Buffer.from(hex, 'hex')), hex);
});
