// Rules of the fields of a certificate that are no extensions (RFC 5280 4.1), but for signature and key.
import { der, integer, sequence } from '../../../src/testing/certificate-maker.ts';
import type { Chain } from '../chain.ts';
import type { Draft } from '../drafts.ts';
import { realmSubject } from '../names.ts';
import { issuerOf, type Rule, rulesAt, setField } from './rule.ts';

const second = 1000;

const validityRules: readonly Rule[] = [
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'no longer valid',
    clause: 'RFC 5280 6.1.3 (a)(2)',
    demand: 'must be refused',
    field: /validity/,
    breakIn: expire,
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'not yet valid',
    clause: 'RFC 5280 6.1.3 (a)(2)',
    demand: 'must be refused',
    field: /validity/,
    breakIn: delay,
  }),
  // RFC 5280 6.1.1 (d) takes a name and a key of the anchor; that its certificate binds it is our choice.
  ...rulesAt(['anchor'], {
    name: 'no longer valid',
    clause: 'RFC 5280 6.1.1 (d) (that the anchor’s certificate binds it is our choice)',
    demand: 'is not in the profile',
    field: /validity/,
    breakIn: expire,
  }),
  ...rulesAt(['anchor'], {
    name: 'not yet valid',
    clause: 'RFC 5280 6.1.1 (d) (that the anchor’s certificate binds it is our choice)',
    demand: 'is not in the profile',
    field: /validity/,
    breakIn: delay,
  }),
];

const versionRules: readonly Rule[] = [
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'version 1 with extensions',
    clause: 'RFC 5280 4.1.2.1',
    demand: 'is not conforming',
    field: /version/,
    breakIn: draft => setField(draft, 'version', new Uint8Array()),
  }),
  ...rulesAt(['leaf'], {
    name: 'version 1 without extensions',
    clause: 'RFC 5280 4.1.2.1 (profile rfc5280 is version 3)',
    demand: 'is not in the profile',
    field: /version/,
    breakIn: draft => {
      setField(draft, 'version', new Uint8Array());
      setField(draft, 'extensions', new Uint8Array());
      draft.subject = realmSubject('old');
    },
  }),
  ...rulesAt(['intermediate'], {
    name: 'version 1 without extensions',
    clause: 'RFC 5280 6.1.4 (k)',
    demand: 'must be refused',
    field: /version/,
    breakIn: draft => {
      setField(draft, 'version', new Uint8Array());
      setField(draft, 'extensions', new Uint8Array());
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'version 2',
    clause: 'RFC 5280 4.1.2.1',
    demand: 'is not conforming',
    field: /version/,
    breakIn: draft => setField(draft, 'version', der(0xa0, integer(1))),
  }),
  ...rulesAt(['leaf'], {
    name: 'version 4',
    clause: 'RFC 5280 4.1.2.1',
    demand: 'is not conforming',
    field: /version/,
    breakIn: draft => setField(draft, 'version', der(0xa0, integer(3))),
  }),
  ...rulesAt(['leaf'], {
    name: 'version 1, which is the default, written out',
    clause: 'X.690 11.5',
    demand: 'is not conforming',
    field: /version/,
    breakIn: draft => setField(draft, 'version', der(0xa0, integer(0))),
  }),
];

const serialRules: readonly Rule[] = [
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'a negative serial number',
    clause: 'RFC 5280 4.1.2.2',
    demand: 'is not conforming',
    field: /serialNumber/,
    breakIn: draft => {
      draft.serial = Buffer.of(0x80, 0x01);
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'serial number 0',
    clause: 'RFC 5280 4.1.2.2',
    demand: 'is not conforming',
    field: /serialNumber/,
    breakIn: draft => {
      draft.serial = Buffer.of(0);
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'a serial number of 21 octets',
    clause: 'RFC 5280 4.1.2.2',
    demand: 'is not conforming',
    field: /serialNumber/,
    breakIn: draft => {
      draft.serial = Buffer.alloc(21, 0x11);
    },
  }),
];

const nameRules: readonly Rule[] = [
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'an issuer that is not the subject above',
    clause: 'RFC 5280 6.1.3 (a)(4)',
    demand: 'must be refused',
    field: /issuer/,
    breakIn: draft => {
      draft.issuerName = realmSubject('somebody else');
    },
  }),
  ...rulesAt(['leaf', 'intermediate'], {
    name: 'an empty issuer, and an empty subject above',
    clause: 'RFC 5280 4.1.2.4, 4.1.2.6',
    demand: 'is not conforming',
    field: /issuer|subject/,
    breakIn: draft => {
      issuerOf(draft).subject = sequence();
    },
  }),
];

export const fieldRules: readonly Rule[] = [...validityRules, ...versionRules, ...serialRules, ...nameRules];

function expire(draft: Draft, { time }: Chain): void {
  draft.notBefore = new Date(time.getTime() - 86_400 * second);
  draft.notAfter = new Date(time.getTime() - second);
}

function delay(draft: Draft, { time }: Chain): void {
  draft.notBefore = new Date(time.getTime() + second);
  draft.notAfter = new Date(time.getTime() + 86_400 * second);
}
