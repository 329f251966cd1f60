// The header parameters of ESPrim Objects and ESData Envelopes: what each says, and where it is defined. The values of
// others are not shown: they could be anything, a private key too. Judges nothing.
import { isObject, type JsonObject } from '../onem2m/serialisation/json.ts';

export interface ParameterReport {
  readonly name: string;
  /** Shortened; null for a parameter that is not in the profile. */
  readonly value: string | null;
  readonly meaning: string;
  readonly clause: string;
}

export function reportParameters(header: JsonObject): ParameterReport[] {
  return Object.entries(header)
    .slice(0, maxParameters)
    .map(([name, value]) => {
      const known = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
      const shownName = name.slice(0, maxNameLength);
      return known === undefined
        ? {
            name: shownName,
            value: null,
            meaning: 'not in the profile; not shown',
            clause: 'TS-0003 8.4.3.2, 8.5.3',
          }
        : { name: shownName, value: known.show(value), meaning: known.meaning(value), clause: known.clause };
    });
}

/** A header of 8 KiB has room for a thousand; the profile has a dozen. */
const maxParameters = 32;
const maxNameLength = 40;
const maxValueLength = 300;

interface Parameter {
  readonly show: (value: unknown) => string;
  readonly meaning: (value: unknown) => string;
  readonly clause: string;
}

const text = (meaning: string, clause: string): Parameter => ({ show: json, meaning: () => meaning, clause });

/** Only these members of it. */
const group = (members: readonly string[], meaning: string, clause: string): Parameter => ({
  show: value =>
    isObject(value)
      ? json(Object.fromEntries(members.filter(name => name in value).map(name => [name, value[name]])))
      : json(value),
  meaning: () => meaning,
  clause,
});

const parameters: Readonly<Record<string, Parameter>> = {
  alg: { show: json, meaning: algorithmMeaning, clause: 'RFC 7516 §4.1.1, RFC 7515 §4.1.1' },
  enc: text('how the content is encrypted', 'RFC 7516 §4.1.2'),
  kid: { show: json, meaning: keyMeaning, clause: 'TS-0003 8.4.3.2, 10.4' },
  'x5t#S256': text('SHA-256 of the certificate', 'RFC 7515 §4.1.8'),
  typ: text('media type of the whole', 'RFC 7515 §4.1.9'),
  cty: text('media type of what is inside', 'RFC 7516 §4.1.12'),
  ori: text("esprimRandID of the originator's random object", 'TS-0003 Table 8.4.3.2-2'),
  rri: text("esprimRandID of the receiver's random object", 'TS-0003 Table 8.4.3.2-2'),
  oro: group(
    ['esri', 'esrv', 'esrx', 'esk', 'espa'],
    'a new originatorESPrimRandObject',
    'TS-0003 Table 8.4.3.2-2',
  ),
  rro: group(
    ['esri', 'esrv', 'esrx', 'esks', 'espa'],
    'a new receiverESPrimRandObject',
    'TS-0003 Table 8.4.3.2-2',
  ),
  seq: text('sequence number of a primitive that is authenticated only', 'our own'),
  cpa: group(
    ['contentInfo', 'container', 'creationTime', 'level', 'nonce'],
    'cryptoParams: the place that the content belongs to, and its time',
    'our own',
  ),
  atr: group(
    ['resource', 'attribute', 'creationTime'],
    'the attribute that the value belongs to, and its time',
    'our own',
  ),
  epk: group(['kty', 'crv', 'x', 'y'], 'ephemeral public key', 'RFC 7518 §4.6.1.1'),
  apu: text('PartyUInfo of the key agreement', 'RFC 7518 §4.6.1.2'),
  apv: text('PartyVInfo of the key agreement', 'RFC 7518 §4.6.1.3'),
};

function algorithmMeaning(alg: unknown): string {
  if (alg === 'dir') return 'the key encrypts the content directly';
  if (alg === 'RSA-OAEP-256') return 'the content encryption key is encrypted to an RSA key';
  if (typeof alg !== 'string') return 'no algorithm';
  if (/^A\d+KW$/.test(alg)) return 'a shared key wraps the content encryption key';
  if (/^ECDH-ES\+/.test(alg)) return 'a key agreed with an EC key wraps the content encryption key';
  if (/^HS\d+$/.test(alg)) return 'a MIC, made with a shared key';
  if (/^[RE]S\d+$/.test(alg)) return 'a digital signature';
  return 'no algorithm of the profile';
}

/** TS-0003 Table 12.3.2.1-1, and the bare identifier that ESPrim has. */
function keyMeaning(kid: unknown): string {
  const [, type] = (typeof kid === 'string' && /^(\d\d)-/.exec(kid)) || [];
  return credentialTypes.get(Number(type)) ?? 'identifier of the key';
}

const flavours = [
  'a raw public key',
  'a device certificate',
  'a CSE-ID certificate',
  'an AE-ID certificate',
  'a Node-ID certificate',
];
const credentialTypes: ReadonlyMap<number, string> = new Map([
  [13, 'Credential-ID of a key for ESPrim'],
  [14, 'Credential-ID of a key that encrypts directly'],
  [15, 'Credential-ID of a key that wraps keys'],
  [16, 'Credential-ID of a key for MICs'],
  ...flavours.flatMap((flavour, index): [number, string][] => [
    [41 + index, `Credential-ID of ${flavour}, for encryption`],
    [51 + index, `Credential-ID of ${flavour}, for signatures`],
  ]),
]);

function json(value: unknown): string {
  const written = JSON.stringify(value) ?? 'missing';
  return written.length > maxValueLength ? `${written.slice(0, maxValueLength)}…` : written;
}
