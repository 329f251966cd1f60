// Names that the certificates above do not allow: one kind for each form of name (RFC 5280 4.2.1.10). The identity
// itself is allowed; the end-point's certificate holds another name that is not.
import { der, generalName, nameConstraints, objectIdentifier, sequence } from '../certificate-maker.ts';
import type { DefectLab, Presentation } from '../defect-lab.ts';
import { type Defect, refusedAs } from './defect.ts';

export const nameDefects: readonly Defect[] = [
  {
    name: 'domain-outside-constraints',
    about: "A dNSName of the end-point's certificate is in no subtree of the intermediate.",
    ...outside('subjectAltName'),
    make: lab => lab.presenting(lab.leaf({ names: [lab.name, 'dns:elsewhere.example'] })),
  },
  {
    name: 'uri-outside-constraints',
    about: "The host of a URI in the end-point's certificate is in no subtree of the intermediate.",
    ...outside('subjectAltName'),
    make: lab => constrained(lab, [`uri:${lab.host}`], 'uri:https://elsewhere.example/'),
  },
  {
    name: 'uri-with-address-under-constraints',
    about: 'A URI has an IP address for its host, which subtrees of URIs cannot be compared with.',
    ...outside('subjectAltName'),
    make: lab => constrained(lab, [`uri:${lab.host}`], 'uri:https://192.0.2.1/'),
  },
  {
    name: 'urn-under-uri-constraints',
    about: 'A URN, which has no host, stands below subtrees of URIs.',
    ...outside('subjectAltName'),
    make: lab => constrained(lab, [`uri:${lab.host}`], 'uri:urn:example:node-1'),
  },
  {
    name: 'address-outside-constraints',
    about: 'An iPAddress is 198.51.100.1, and only those from 192.0.2.0 to 192.0.2.255 are permitted.',
    ...outside('subjectAltName'),
    make: lab => constrained(lab, ['ip:c0000200ffffff00'], 'ip:c6336401'),
  },
  {
    name: 'mailbox-outside-constraints',
    about: 'An rfc822Name is at a host that is in no permitted subtree.',
    ...outside('subjectAltName'),
    make: lab => constrained(lab, [`email:${lab.host}`], 'email:root@elsewhere.example'),
  },
  {
    name: 'mailbox-in-subject-outside-constraints',
    about: 'An emailAddress in the subject is at a host that is in no permitted subtree.',
    ...outside('subject'),
    make: lab => {
      const text = der(0x16, Buffer.from('root@elsewhere.example', 'latin1'));
      const attribute = sequence(objectIdentifier('1.2.840.113549.1.9.1'), text);
      return constrained(lab, [`email:${lab.host}`], null, sequence(der(0x31, attribute)));
    },
  },
  {
    name: 'subject-outside-constraints',
    about: 'The subject is in no permitted subtree of directory names.',
    ...outside('subject'),
    make: lab => constrained(lab, ['dir:somebody else'], null),
  },
  {
    name: 'registered-id-outside-constraints',
    about: 'A registeredID begins with the digits of a permitted one, but not with its arcs.',
    ...outside('subjectAltName'),
    make: lab => constrained(lab, ['rid:2.999.4'], 'rid:2.999.40'),
  },
  {
    name: 'device-outside-constraints',
    about: 'The identifier of a device is that of another manufacturer than the permitted ones.',
    ...outside('subjectAltName'),
    make: lab => constrained(lab, ['device:0.2.481.1:100'], 'device:0.2.481.1:101.3030.10011'),
  },
  {
    name: 'other-name-under-constraints',
    about: 'An otherName stands below a subtree of its type that nobody can compare it with.',
    ...outside('subjectAltName'),
    make: lab => constrained(lab, ['other:2.999.5:0c0161'], 'other:2.999.5:0c0162'),
  },
  {
    name: 'domain-excluded',
    about: "A dNSName of the end-point's certificate is in an excluded subtree of the intermediate.",
    ...outside('subjectAltName'),
    make: lab =>
      lab.below(
        {
          replaced: {
            nameConstraints: nameConstraints({
              permitted: [`dns:${lab.host}`],
              excluded: [`dns:excluded.${lab.host}`],
            }),
          },
        },
        { names: [lab.name, `dns:a.excluded.${lab.host}`] },
      ),
  },
  {
    name: 'domain-excluded-by-root',
    about: 'A dNSName is excluded by the trust anchor and permitted by the intermediate.',
    ...outside('subjectAltName'),
    make: lab =>
      lab.belowRoot(
        { replaced: { nameConstraints: nameConstraints({ excluded: [`dns:excluded.${lab.host}`] }) } },
        { names: [lab.name, `dns:excluded.${lab.host}`] },
      ),
  },
];

function outside(field: 'subject' | 'subjectAltName') {
  return refusedAs('CERTIFICATE_UNTRUSTED', 0, field, 'RFC 5280 6.1.3 (b), (c)');
}

/** The subtrees beside that of the domain; the name beside the identity, both as `generalName` takes them. */
function constrained(
  lab: DefectLab,
  permitted: readonly string[],
  more: string | null,
  subject?: Uint8Array,
): Presentation {
  const names = more === null ? [lab.name] : [lab.name, generalName(more)];
  return lab.below(
    { replaced: { nameConstraints: nameConstraints({ permitted: [`dns:${lab.host}`, ...permitted] }) } },
    { names, ...(subject !== undefined && { subject }) },
  );
}
