// The names in generated chains, form by form: names that are all within one realm, subtrees that hold the whole realm,
// subtrees that hold nothing of it, and a name outside.
import { der, generalName, objectIdentifier, sequence } from '../../src/testing/certificate-maker.ts';
import type { Draw } from './draw.ts';

/** Forms of GeneralName that constraints can be followed for; IPv4 and IPv6 are told apart here only. */
export type Form = 'dns' | 'uri' | 'email' | 'ipv4' | 'ipv6' | 'directory' | 'registeredId' | 'device';

interface Realm {
  /** A name of the realm, a GeneralName in DER. */
  readonly name: (draw: Draw) => Uint8Array;
  /** Each holds the whole realm; the first of them does not hold the stranger. */
  readonly around: readonly [Uint8Array, ...Uint8Array[]];
  /** None of them holds anything of the realm. Most are near misses. */
  readonly beside: readonly Uint8Array[];
  readonly stranger: Uint8Array;
  /** Holds the stranger and nothing of the realm. */
  readonly aroundStranger: Uint8Array;
}

const organization = '2.5.4.10';
export const commonName = '2.5.4.3';
const emailAddress = '1.2.840.113549.1.9.1';
const printableString = 0x13;
const utf8String = 0x0c;
const ia5String = 0x16;

/** A RelativeDistinguishedName of one attribute. */
function attribute(type: string, value: string, tag = utf8String): Uint8Array {
  return der(0x31, attributeValue(type, value, tag));
}

/** AttributeTypeAndValue. */
export function attributeValue(type: string, value: string, tag = utf8String): Uint8Array {
  return sequence(objectIdentifier(type), der(tag, Buffer.from(value, 'utf8')));
}

const realmName = attribute(organization, 'Example Lab');
/** The same name by RFC 5280 7.1: another kind of string, other case, more spaces. */
export const realmNameOtherwise = attribute(organization, ' EXAMPLE  lab', printableString);

/** A distinguished name of the realm. */
export function realmSubject(text: string): Uint8Array {
  return sequence(realmName, attribute(commonName, text));
}

export function subjectWithEmail(text: string, email: string): Uint8Array {
  return sequence(realmName, attribute(commonName, text), attribute(emailAddress, email, ia5String));
}

export function directoryName(name: Uint8Array): Uint8Array {
  return der(0xa4, name);
}

const hosts = ['a', 'b1', 'Gateway', 'x-y', 'sensor.attic'];
const domain = 'm2m.example.com';

/** A domain of two labels is not in the lists: the wildcard above it would be as good as all of them. */
export const realms: Readonly<Record<Form, Realm>> = {
  dns: {
    name: draw =>
      generalName(`dns:${draw.one([...hosts, '*', '*.attic'])}.${draw.one([domain, 'M2M.Example.com'])}`),
    around: [generalName(`dns:${domain}`), generalName('dns:example.com'), generalName('dns:EXAMPLE.com')],
    beside: ['example.net', 'ample.com', 'com.example', 'a.a.a.m2m.example.com'].map(name =>
      generalName(`dns:${name}`),
    ),
    stranger: generalName('dns:a.m2m.example.net'),
    aroundStranger: generalName('dns:example.net'),
  },
  uri: {
    name: draw =>
      generalName(
        `uri:${draw.one(['https', 'm2m', 'coap'])}://${draw.one(hosts)}.${domain}${draw.one(['', ':8443'])}${draw.one(['/', '/cse/Cae1', ''])}`,
      ),
    around: [generalName(`uri:.${domain}`), generalName('uri:.example.com'), generalName('uri:.Example.COM')],
    beside: [domain, '.example.net', '.ample.com', 'example.com'].map(name => generalName(`uri:${name}`)),
    stranger: generalName('uri:https://a.m2m.example.net/'),
    aroundStranger: generalName('uri:.example.net'),
  },
  email: {
    name: draw => generalName(`email:${draw.one(['lab', 'root', 'first.last'])}@${domain}`),
    around: [
      generalName(`email:${domain}`),
      generalName('email:.example.com'),
      generalName('email:M2M.example.com'),
    ],
    beside: ['example.com', '.example.net', `nobody@${domain}`, '.m2m.example.com'].map(name =>
      generalName(`email:${name}`),
    ),
    stranger: generalName('email:lab@m2m.example.net'),
    aroundStranger: generalName('email:m2m.example.net'),
  },
  ipv4: {
    name: draw => generalName(`ip:0a01${draw.one(['0001', 'ff00', '7f7f'])}`),
    around: [generalName('ip:0a010000ffff0000'), generalName('ip:0a000000ff000000')],
    beside: ['0a020000ffff0000', 'c0a80000ffff0000', '0b010000ffff0000'].map(hex => generalName(`ip:${hex}`)),
    stranger: generalName('ip:0b010001'),
    aroundStranger: generalName('ip:0b000000ff000000'),
  },
  ipv6: {
    name: draw => generalName(`ip:20010db80000000000000000000000${draw.one(['01', 'ff'])}`),
    around: [
      generalName(`ip:20010db8${'0'.repeat(24)}ffffffff${'0'.repeat(24)}`),
      generalName(`ip:20010d00${'0'.repeat(24)}ffffff00${'0'.repeat(24)}`),
    ],
    beside: [generalName(`ip:20010db9${'0'.repeat(24)}ffffffff${'0'.repeat(24)}`)],
    stranger: generalName(`ip:20010db9${'0'.repeat(24)}`),
    aroundStranger: generalName(`ip:20010db9${'0'.repeat(24)}ffffffff${'0'.repeat(24)}`),
  },
  directory: {
    name: draw => directoryName(realmSubject(`name ${draw.number(1, 9)}`)),
    around: [directoryName(sequence(realmName)), directoryName(sequence(realmNameOtherwise))],
    beside: [
      directoryName(sequence(attribute(organization, 'Example Lab 2'))),
      directoryName(sequence(realmName, attribute(commonName, 'nobody'))),
    ],
    stranger: directoryName(sequence(attribute(organization, 'Another Lab'), attribute(commonName, 'name'))),
    aroundStranger: directoryName(sequence(attribute(organization, 'Another Lab'))),
  },
  registeredId: {
    name: draw => generalName(`rid:1.3.6.1.4.1.99999.${draw.number(1, 300)}`),
    around: [generalName('rid:1.3.6.1.4.1.99999'), generalName('rid:1.3.6.1')],
    beside: ['1.3.6.1.4.1.9999', '1.3.6.1.4.1.99998', '1.3.6.1.4.1.99999.1000'].map(id =>
      generalName(`rid:${id}`),
    ),
    stranger: generalName('rid:1.3.6.1.4.1.99998.1'),
    aroundStranger: generalName('rid:1.3.6.1.4.1.99998'),
  },
  device: {
    name: draw => generalName(`device:1.3.6.1.4.1.99999.2:1.${draw.number(1, 300)}`),
    around: [generalName('device:1.3.6.1.4.1.99999.2:1'), generalName('device:1.3.6.1.4.1.99999:2.1')],
    beside: [generalName('device:1.3.6.1.4.1.99999.2:2'), generalName('device:1.3.6.1.4.1.9999:2')],
    stranger: generalName('device:1.3.6.1.4.1.99999.2:3.1'),
    aroundStranger: generalName('device:1.3.6.1.4.1.99999.2:3'),
  },
};

export const forms = Object.keys(realms) as readonly Form[];

/** Subtrees of IPv4 bind IPv6 addresses too (RFC 5280 4.2.1.10: the form is iPAddress), and have none of them. */
export const constrainedTogether: Readonly<Partial<Record<Form, Form>>> = { ipv4: 'ipv6', ipv6: 'ipv4' };

/** NameConstraints of these bases, in DER. */
export function nameConstraintsOf(
  permitted: readonly Uint8Array[],
  excluded: readonly Uint8Array[],
): Uint8Array {
  const subtrees = (number: number, bases: readonly Uint8Array[]): Uint8Array[] =>
    bases.length === 0 ? [] : [der(0xa0 | number, ...bases.map(base => sequence(base)))];
  return sequence(...subtrees(0, permitted), ...subtrees(1, excluded));
}
