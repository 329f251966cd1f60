// Rules of DER (X.690), and of the forms that RFC 5280 4.1 leaves of it.
import {
  bitString,
  der,
  integer,
  objectIdentifier,
  octetString,
  sequence,
} from '../../../src/testing/certificate-maker.ts';
import { id, leafOf, setExtension, usage } from '../chain.ts';
import { contentOf, type Draft, elementsOf } from '../drafts.ts';
import { attributeValue, commonName, realmSubject } from '../names.ts';
import { addExtension, bothPurposes, type Rule, rulesAt, withLongLength } from './rule.ts';

const demand = 'is not conforming';
const unknownExtension = '1.3.6.1.4.1.99999.77.2';
const organizationalUnit = '2.5.4.11';

export const encodingRules: readonly Rule[] = [
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'a length in more octets than it needs',
    clause: 'X.690 10.1',
    demand,
    field: /tbsCertificate/,
    breakIn: draft => draft.editToBeSigned.push(withLongLength),
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'an indefinite length',
    clause: 'X.690 10.1',
    demand,
    field: /^/,
    breakIn: draft =>
      draft.editWhole.push(whole =>
        Buffer.concat([Buffer.of(0x30, 0x80), contentOf(whole), Buffer.of(0, 0)]),
      ),
  }),
  ...rulesAt(['leaf', 'anchor'], {
    name: 'octets after the certificate',
    clause: 'RFC 5280 4.1',
    demand,
    field: /^/,
    breakIn: draft => draft.editWhole.push(whole => Buffer.concat([whole, Buffer.of(0)])),
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'a field after the last one of tbsCertificate',
    clause: 'RFC 5280 4.1',
    demand,
    field: /tbsCertificate/,
    breakIn: draft => draft.editToBeSigned.push(tbs => sequence(contentOf(tbs), integer(1))),
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'octets after the value of an extension',
    clause: 'RFC 5280 4.2',
    demand,
    field: /extensions/,
    breakIn: draft => setExtension(draft, id.extKeyUsage, Buffer.concat([bothPurposes, Buffer.of(5, 0)])),
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'critical FALSE, which is the default, written out',
    clause: 'X.690 11.5',
    demand,
    field: /critical/,
    breakIn: draft =>
      addExtension(
        draft,
        sequence(objectIdentifier(unknownExtension), der(0x01, Buffer.of(0)), octetString()),
      ),
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'critical TRUE as another octet than FF',
    clause: 'X.690 11.1',
    demand,
    field: /critical/,
    breakIn: draft => {
      draft.extensions.delete(id.extKeyUsage);
      const critical = der(0x01, Buffer.of(0x01));
      addExtension(draft, sequence(objectIdentifier(id.extKeyUsage), critical, octetString(bothPurposes)));
    },
  }),
  ...rulesAt(['intermediate'], {
    name: 'cA TRUE as another octet than FF',
    clause: 'X.690 11.1',
    demand,
    field: /cA/,
    breakIn: draft => setExtension(draft, id.basicConstraints, sequence(der(0x01, Buffer.of(0x01))), true),
  }),
  ...rulesAt(['leaf'], {
    name: 'cA FALSE, which is the default, written out',
    clause: 'X.690 11.5',
    demand,
    field: /cA/,
    breakIn: draft => setExtension(draft, id.basicConstraints, sequence(der(0x01, Buffer.of(0)))),
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'an INTEGER with a superfluous leading octet',
    clause: 'X.690 8.3.2',
    demand,
    field: /serialNumber/,
    breakIn: draft => {
      draft.serial = Buffer.of(0, 1, 2, 3);
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'a SET OF out of order',
    clause: 'X.690 11.6',
    demand,
    field: /subject|issuer/,
    breakIn: draft => {
      const values = [attributeValue(commonName, 'odd'), attributeValue(organizationalUnit, 'odd as well')];
      draft.subject = subjectWith(der(0x31, ...values.toSorted(Buffer.compare).toReversed()));
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'a string with octets that its character set does not have',
    clause: 'RFC 5280 4.1.2.4',
    demand,
    field: /subject|issuer/,
    breakIn: draft => {
      const notUtf8 = der(0x0c, Buffer.of(0xc3, 0x28));
      draft.subject = subjectWith(der(0x31, sequence(objectIdentifier(commonName), notUtf8)));
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'an object identifier with an arc in more octets than it needs',
    clause: 'X.690 8.19.2',
    demand,
    field: /extensions/,
    breakIn: draft => {
      const odd = der(0x06, Buffer.of(0x2a, 0x80, 0x01));
      setExtension(draft, id.extKeyUsage, sequence(contentOf(bothPurposes), odd));
    },
  }),
  ...rulesAt(['leaf'], {
    name: 'keyUsage that ends in zero bits',
    clause: 'X.690 11.2.2',
    demand,
    field: /extensions/,
    breakIn: draft => setExtension(draft, id.keyUsage, bitString(Buffer.of(usage.digitalSignature)), true),
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'a BIT STRING whose unused bits are not zero',
    clause: 'X.690 11.2.1',
    demand,
    field: /extensions/,
    breakIn: (draft, chain) => {
      const bit = draft === leafOf(chain) ? usage.digitalSignature : usage.keyCertSign;
      setExtension(draft, id.keyUsage, bitString(Buffer.of(bit | 1), Math.log2(bit)), true);
    },
  }),
  ...rulesAt(['leaf'], {
    name: 'a time without seconds',
    clause: 'RFC 5280 4.1.2.5.1',
    demand,
    field: /notAfter/,
    breakIn: draft => setNotAfter(draft, der(0x17, Buffer.from('4912312359Z'))),
  }),
  ...rulesAt(['leaf'], {
    name: 'a time with an offset from UTC',
    clause: 'RFC 5280 4.1.2.5.1',
    demand,
    field: /notAfter/,
    breakIn: draft => setNotAfter(draft, der(0x17, Buffer.from('491231235959+0000'))),
  }),
  ...rulesAt(['leaf'], {
    name: 'a time with a fraction of a second',
    clause: 'RFC 5280 4.1.2.5.2',
    demand,
    field: /notAfter/,
    breakIn: draft => setNotAfter(draft, der(0x18, Buffer.from('20991231235959.5Z'))),
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'a time that does not exist',
    clause: 'RFC 5280 4.1.2.5',
    demand,
    field: /notAfter/,
    breakIn: draft => setNotAfter(draft, der(0x18, Buffer.from('20990230120000Z'))),
  }),
];

/** Subject of the realm with this RelativeDistinguishedName after the first. */
function subjectWith(last: Uint8Array): Uint8Array {
  const [first = new Uint8Array()] = elementsOf(contentOf(realmSubject('')));
  return sequence(first, last);
}

/** Its own would do as well; but it may be the last second of all. */
function setNotAfter(draft: Draft, time: Uint8Array): void {
  draft.editFields.push(fields => {
    const [notBefore = new Uint8Array()] = elementsOf(contentOf(fields.validity));
    fields.validity = sequence(notBefore, time);
  });
}
