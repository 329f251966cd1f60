// The certificate is right, and is somebody else's: it holds no identity that is the expected one, whole and exact
// (TS-0003 8.1.2.5).
import { name } from '../certificate-maker.ts';
import { type Defect, refusedAs } from './defect.ts';

export const identityDefects: readonly Defect[] = [
  {
    name: 'identity-absent',
    about: 'There is no subjectAltName; the identity stands in the common name alone.',
    ...mismatch(),
    make: lab => lab.presenting(lab.leaf({ names: [], subject: name(lab.id) })),
  },
  {
    name: 'identity-of-another-ae',
    about: 'It is the certificate of another AE.',
    ...mismatch(),
    make: lab => lab.presenting(lab.leaf({ names: [`uri://${lab.host}/cse-a/Csomebody-else`] })),
  },
  {
    name: 'identity-of-a-cse-above',
    about: "It is the certificate of the CSE with the domain above the identity's.",
    ...mismatch(),
    make: lab => {
      const parent = lab.host.replace(/^[^.]+\./, '');
      const names = [`dns:${lab.flavour === 'ae-id' ? lab.host : parent}`];
      return lab.below({ replaced: { nameConstraints: null } }, { names });
    },
  },
  {
    name: 'identity-of-a-cse-below',
    about: "It is the certificate of a CSE with a domain below the identity's.",
    ...mismatch(),
    make: lab => lab.presenting(lab.leaf({ names: [`dns:a.${lab.host}`] })),
  },
  {
    name: 'identity-with-something-after-it',
    about: 'The identity is only the beginning of what the certificate holds.',
    ...mismatch(),
    make: lab => {
      const longer = lab.flavour === 'ae-id' ? `${lab.name}2` : `${lab.name}.example`;
      return lab.below({ replaced: { nameConstraints: null } }, { names: [longer] });
    },
  },
  {
    name: 'identity-by-wildcard',
    about: 'A wildcard would cover the identity, if wildcards were compared.',
    ...mismatch(),
    make: lab => {
      const wildcard =
        lab.flavour === 'ae-id' ? `uri://${lab.host}/cse-a/*` : `dns:${lab.host.replace(/^[^.]+/, '*')}`;
      return lab.below({ replaced: { nameConstraints: null } }, { names: [wildcard] });
    },
  },
  {
    name: 'identity-in-another-form',
    about: 'The identity stands in an rfc822Name, where no identity is looked for.',
    ...mismatch(),
    make: lab => lab.presenting(lab.leaf({ names: [`email:${lab.id}`] })),
  },
  {
    name: 'identity-of-a-node',
    about: 'It is a Node-ID certificate, with a URN.',
    ...mismatch(),
    make: lab => lab.presenting(lab.leaf({ names: ['uri:urn:example:node-1'] })),
  },
  {
    name: 'identity-of-a-node-by-object-identifier',
    about: 'It is a Node-ID certificate, with a registeredID.',
    ...mismatch(),
    make: lab => lab.presenting(lab.leaf({ names: ['rid:2.999.1.2'] })),
  },
  {
    name: 'identity-of-a-device',
    about: 'It is a device certificate.',
    ...mismatch(),
    make: lab => lab.presenting(lab.leaf({ names: ['device:0.2.481.1:100.3030.10011'] })),
  },
  {
    name: 'identity-of-a-hardware-module',
    about: 'It is a device certificate, with a hardware module name (RFC 4108 5).',
    ...mismatch(),
    make: lab =>
      // HardwareModuleName with hwType 2.999 and hwSerialNum 01.
      lab.presenting(lab.leaf({ names: ['other:1.3.6.1.5.5.7.8.4:300706028837040101'] })),
  },
  {
    name: 'identity-of-a-service',
    about: 'It is an FQDN certificate, such as a MEF or MAF has.',
    ...mismatch(),
    make: lab => {
      const names = [`uri:https://mef.${lab.host}`, `dns:mef.${lab.host}`];
      return lab.presenting(lab.leaf({ names }));
    },
  },
  {
    name: 'authority-first',
    about: "The chain begins with the intermediate, so that this is taken for the end-point's.",
    ...mismatch(),
    make: lab => {
      const { chain, ...rest } = lab.right();
      return { ...rest, chain: chain.toReversed() };
    },
  },
];

function mismatch() {
  return refusedAs('IDENTITY_MISMATCH', 0, 'subjectAltName', 'TS-0003 8.1.2.5');
}
