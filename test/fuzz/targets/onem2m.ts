// What reaches an end-point through oneM2M: HTTP requests and responses, contents, securityInfo, identifiers and
// addresses. Requests are answered whatever they hold; the rest is one row of the fault table each.
import type { IncomingHttpHeaders } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { E2EKeyError } from '../../../src/errors.ts';
import { parseAbsolute, toAbsolute } from '../../../src/identifiers/entity.ts';
import { niUri, parsePublicKeyIdentifier } from '../../../src/identifiers/public-key-identifier.ts';
import { addressesOf, writeAddress } from '../../../src/onem2m/address.ts';
import { readRequest, readResponse, writeResponse } from '../../../src/onem2m/http-binding.ts';
import { answerNotify } from '../../../src/onem2m/notify-handler.ts';
import { responseStatuses } from '../../../src/onem2m/response-status-code.ts';
import { securityInfo, securityInfoType } from '../../../src/onem2m/security-info.ts';
import { serialisations } from '../../../src/onem2m/serialisation/serialisation.ts';
import { namespace } from '../../../src/onem2m/serialisation/xml-document.ts';
import { flights } from '../corpus.ts';
import { leaf, Part } from '../part.ts';
import { type Target, Violation } from '../target.ts';
import { textPart } from '../text-parts.ts';

const messages = flights.slice(0, 4);
const contents = [
  ...messages.map(message => JSON.stringify(securityInfo.wrap(message))),
  JSON.stringify({ 'm2m:dbg': 'BAD_REQUEST: "no" \\ \u00e9', 'm2m:seci': { sit: 6, eckm: 'FQMDAAICKA==' } }),
  '{"m2m:seci":{"sit":1,"dasReq":{"targetedResourceType":[3,4],"originatorIP":{}}}}',
  '[[[[{"a":[null,true,-1.5e3,"\\u0000\\ud800"]}]]]]',
];
const xmls = [
  ...messages.map(message => serialisations.xml.write(securityInfo.wrap(message)).toString()),
  `<?xml version='1.0'?><x:seci xmlns:x="${namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x y"><sit>6.0</sit><eckm> FQMD\n<![CDATA[AAICKA]]>&#61;= </eckm></x:seci>`,
  `<m2m:rsp xmlns:m2m="${namespace}"><rsc>2000</rsc><pc><m2m:cnt rn="a"><lbl>b c</lbl><ch nm="d" typ="4">e</ch></m2m:cnt></pc></m2m:rsp>`,
  `<!DOCTYPE x [<!ENTITY y "z">]><m2m:seci xmlns:m2m="${namespace}"><!-- --><?x?>&y;</m2m:seci>`,
];
const cbors: readonly Part[] = [
  ...messages.map(message => cborPart(securityInfo.wrap(message))),
  cborPart({ 'm2m:dbg': [null, true, -1.5e3, 2 ** 40, ''], 'm2m:seci': { sit: 6, eckm: 'FQMDAAICKA==' } }),
  // Indefinite lengths, a whole number as a floating-point one, a byte string, a tag.
  leaf(
    'item',
    Buffer.from(
      'bf686d326d3a73656369a263736974f94600646563 6b6d7f64466751446241aaffff'.replace(' ', ''),
      'hex',
    ),
  ),
  leaf('item', Buffer.from('9fc24101f4f7fb3ff8000000000000ff', 'hex')),
];
const head = [
  'POST /~/cse-b/-?rcn=1',
  'X-M2M-Origin: //m2m.example.com/cse-a/Cae1',
  'X-M2M-RI: e2ekey-a1b2-1',
  'X-M2M-RVI: 3',
  'X-M2M-RET: 20300101T000000,5',
  'X-M2M-RSC: 2000',
  'Accept: application/cbor;q=0.5, application/xml, */*;q=0.1',
  'Content-Type: application/json; charset=utf-8',
].join('\n');
const https: readonly Part[] = [
  ...contents.map(content => textPart(`${head}\n\n${content}`)),
  ...xmls.map(content => textPart(`${head.replace('/json', '/vnd.onem2m-ntfy+xml')}\n\n${content}`)),
];
const identifiers = [
  '//m2m.example.com/cse-a/Cae1',
  '//m2m.example.com/cse-b',
  '//m2m.example.com/Sae9',
  '/cse-b/Cae1',
  'Cae1',
  'S42',
  '-',
].map(textPart);

const statuses = new Set<number>(Object.values(responseStatuses).map(({ rsc }) => rsc));

export const onem2mTargets: readonly Target[] = [
  ...(['json', 'xml', 'cbor'] as const).map(
    (serialisation): Target => ({
      name: `contents: ${serialisation} and securityInfo`,
      group: 'messages',
      weight: 20,
      seeds: { json: contents.map(textPart), xml: xmls.map(textPart), cbor: cbors }[serialisation],
      refuses: ({ code }) => code === 'REQUEST_INVALID' || code === 'MESSAGE_TOO_LARGE',
      take: bytes => {
        const content = serialisations[serialisation].read(bytes);
        // What is read can be passed on in JSON, and is then the same.
        if (!isDeepStrictEqual(serialisations.json.read(serialisations.json.write(content)), content))
          throw new Violation('what was read is no JSON');
        const type = securityInfoType(content);
        if (type !== 6) return `securityInfoType ${type}`;
        const message = securityInfo.unwrap(content);
        // Two texts for one message would be two requests for a duplicate filter and one for us.
        const { eckm } = securityInfo.wrap(message)['m2m:seci'];
        if (!isHolding(content, eckm)) throw new Violation('the message has another text than it came in');
        return 'an E2EKey Message';
      },
    }),
  ),
  {
    name: 'requests: readRequest and answerNotify',
    group: 'messages',
    weight: 20,
    seeds: https,
    refuses: () => false,
    take: async bytes => {
      const request = readRequest(httpOf(bytes));
      const response =
        'responseStatusCode' in request
          ? request
          : await answerNotify(answering, request, { hop: 'hop' }, { clock: () => 0 });
      writeResponse(response, httpOf(bytes).headers);
      if (!statuses.has(response.responseStatusCode))
        throw new Violation(`${response.responseStatusCode} is no response status code`);
      return JSON.stringify(response.content ?? null)
        .replaceAll(/\d+|\\"(?:[^"\\]|\\\\.)*\\"/g, '#')
        .slice(0, 120);
    },
  },
  {
    name: 'responses: readResponse',
    group: 'messages',
    weight: 8,
    seeds: https,
    refuses: ({ code }) => code === 'CARRIER_FAILED',
    take: bytes => {
      const { headers, body } = httpOf(bytes);
      const { content } = readResponse({ status: 200, headers, body });
      return content === undefined ? 'without content' : 'with content';
    },
  },
  {
    name: 'identifiers: of entities, and their addresses',
    group: 'messages',
    weight: 12,
    seeds: identifiers,
    refuses: ({ code }) => code === 'REQUEST_INVALID',
    take: bytes => {
      const absolute = toAbsolute(Buffer.from(bytes).toString('utf8'), '//m2m.example.com/cse1');
      if (toAbsolute(absolute, '//other.example.com/cse2') !== absolute)
        throw new Violation(`${absolute} is not absolute`);
      const { cse, ae } = parseAbsolute(absolute);
      for (const address of [...addressesOf(absolute), writeAddress(absolute, 'sp-relative')])
        if (address === '') throw new Violation(`${absolute} has an empty address`);
      return `${cse === null ? 'no' : 'a'} CSE and ${ae === null ? 'no' : 'an'} AE`;
    },
  },
  {
    name: 'identifiers: of public keys',
    group: 'messages',
    weight: 8,
    seeds: (['sha-256', 'sha-256-128', 'sha-256-120'] as const).flatMap(algorithm => {
      const uri = niUri(Buffer.alloc(32, 0xa7), algorithm);
      return [textPart(uri), textPart(uri.replace('ni:///', 'ni://example.com/'))];
    }),
    refuses: ({ code }) => code === 'OPTION_INVALID',
    take: bytes => {
      const text = Buffer.from(bytes).toString('utf8');
      const { algorithm, digest } = parsePublicKeyIdentifier(text);
      if (!text.endsWith(niUri(digest, algorithm).slice('ni:///'.length)))
        throw new Violation('a public key identifier has two texts');
      return algorithm;
    },
  },
];

/** An end-point that refuses what begins with zero, to see both. */
const answering = {
  answer: async (_: unknown, message: Uint8Array): Promise<Uint8Array> => {
    if (message[0] === 0) throw new E2EKeyError('MESSAGE_UNEXPECTED', 'a message that begins with zero');
    return message;
  },
};

/** First line, header lines, an empty line, the body; as node:http gives it where it is a request at all. */
function httpOf(bytes: Uint8Array) {
  const text = Buffer.from(bytes).toString('latin1');
  const end = text.indexOf('\n\n');
  const [first = '', ...lines] = text.slice(0, end === -1 ? undefined : end).split('\n');
  const [method = '', path = ''] = first.split(' ');
  const headers: IncomingHttpHeaders = Object.fromEntries(
    lines.map(line => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  return { method, path, headers, body: end === -1 ? new Uint8Array() : bytes.subarray(end + 2) };
}

function isHolding(content: unknown, eckm: string): boolean {
  const seci: unknown = Object.entries(content as object).find(([name]) => name === 'm2m:seci')?.[1];
  return Object.entries(seci as object).some(([name, value]) => name === 'eckm' && value === eckm);
}

/** The items of a CBOR, so that they are changed where they have their borders. */
function cborPart(value: unknown): Part {
  const bytes = serialisations.cbor.write(value);
  if (typeof value !== 'object' || value === null) return leaf('item', bytes);
  const entries = Array.isArray(value) ? value : Object.entries(value).flat();
  const head = bytes.subarray(0, 1);
  return new Part({ kind: 'item', head, inside: entries.map(cborPart) });
}
