// How the certificates of a path bind those below them (RFC 5280 6.1.3, 6.1.4), through validatePath: lengths,
// purposes, names, and the restriction of TS-0003 8.1.2.2.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCertificate } from '../../src/certificates/certificate.ts';
import type { Purpose, Verdict } from '../../src/certificates/index.ts';
import type { NameForm } from '../../src/certificates/name-constraints.ts';
import { type Path, pathObjection } from '../../src/certificates/path-rules.ts';
import { type Authority, type Issued, keyFor, makeAuthority } from '../../src/testing/certificate-maker.ts';
import {
  accepted,
  anyPurpose,
  clientAuth,
  purposes,
  refused,
  root,
  serverAuth,
  time,
  validate,
} from './verdicts.ts';

/** `count` authorities below `top`, the last one first, and an end-point of the last. */
function chainBelow(top: Authority, count: number): Issued[] {
  const authorities = [top];
  for (let index = 1; index <= count; index++)
    authorities.unshift((authorities[0] ?? top).authority({ subject: `authority ${index}` }));
  return [(authorities[0] ?? top).issue(), ...authorities];
}

const parsed = ({ der }: Issued) => parseCertificate(der);

const tooLong = (verdict: Verdict, position: number) =>
  refused(verdict, 'CERTIFICATE_UNTRUSTED', 'basicConstraints', position, /^RFC 5280 6\.1\.4 \(l\)$/);

test('6.1.4 (l), (m): pathLenConstraint counts the authorities below, on anchors and intermediates', () => {
  for (const pathLen of [0, 1, 2]) {
    const top = makeAuthority({ pathLen });
    accepted(validate(chainBelow(top, pathLen), { anchors: [top.der] }));
    tooLong(validate(chainBelow(top, pathLen + 1), { anchors: [top.der] }), 1);
    const middle = root.authority({ pathLen, subject: 'limited' });
    accepted(validate(chainBelow(middle, pathLen)));
    tooLong(validate(chainBelow(middle, pathLen + 1)), 1);
  }
});

test('6.1.4 (l): the first authority too many is the one at fault, not the last', () => {
  const top = makeAuthority({ pathLen: 1 });
  tooLong(validate(chainBelow(top, 4), { anchors: [top.der] }), 3);
});

test('6.1.4 (m): a larger pathLenConstraint below does not widen the one above', () => {
  const top = makeAuthority({ pathLen: 1 });
  const first = top.authority({ subject: 'first', pathLen: 5 });
  const second = first.authority({ subject: 'second' });
  tooLong(validate([second.issue(), second, first], { anchors: [top.der] }), 1);
});

test('6.1.4 (m): a smaller pathLenConstraint below narrows the one above', () => {
  const top = makeAuthority({ pathLen: 5 });
  const first = top.authority({ subject: 'first', pathLen: 0 });
  const second = first.authority({ subject: 'second' });
  tooLong(validate([second.issue(), second, first], { anchors: [top.der] }), 1);
  accepted(validate([first.issue(), first], { anchors: [top.der] }));
});

test('6.1.4 (l): a self-issued certificate does not count for pathLenConstraint', () => {
  const top = makeAuthority({ pathLen: 0, subject: 'authority' });
  const newKey = top.authority({ subject: 'authority', key: keyFor('new key') });
  accepted(validate([newKey.issue(), newKey], { anchors: [top.der] }));
  const other = newKey.authority({ subject: 'other' });
  tooLong(validate([other.issue(), other, newKey], { anchors: [top.der] }), 1);
});

test('6.1.4 (m): the pathLenConstraint of a self-issued certificate binds all the same', () => {
  const top = makeAuthority({ subject: 'authority' });
  const newKey = top.authority({ subject: 'authority', key: keyFor('new key'), pathLen: 0 });
  const other = newKey.authority({ subject: 'other' });
  tooLong(validate([other.issue(), other, newKey], { anchors: [top.der] }), 1);
});

test('an anchor that somebody else issued is bound by its own pathLenConstraint, not one less', () => {
  const anchor = root.authority({ subject: 'subordinate anchor', pathLen: 1 });
  accepted(validate(chainBelow(anchor, 1), { anchors: [anchor.der] }));
  tooLong(validate(chainBelow(anchor, 2), { anchors: [anchor.der] }), 1);
});

test('4.2.1.12: extKeyUsage, where present, has the purpose of the role or any', () => {
  const cases: [ids: string[], initiating: boolean, terminating: boolean][] = [
    [[clientAuth], true, false],
    [[serverAuth], false, true],
    [[clientAuth, serverAuth], true, true],
    [[anyPurpose], true, true],
    [['1.3.6.1.5.5.7.3.3'], false, false],
  ];
  const says = { initiating: 'clientAuth', terminating: 'serverAuth', any: 'clientAuth, serverAuth' };
  for (const [ids, initiating, terminating] of cases) {
    const expected = { initiating, terminating, any: initiating || terminating };
    const single = [root.issue({ more: [purposes(...ids)] })];
    const middle = root.authority({ more: [purposes(...ids)] });
    const anchor = makeAuthority({ more: [purposes(...ids)] });
    for (const purpose of ['initiating', 'terminating', 'any'] as const satisfies Purpose[]) {
      const places: [Verdict, number][] = [
        [validate(single, { purpose }), 0],
        [validate([middle.issue(), middle], { purpose }), 1],
        [validate([anchor.issue()], { purpose, anchors: [anchor.der] }), 1],
      ];
      for (const [verdict, position] of places)
        if (expected[purpose]) accepted(verdict);
        else {
          refused(verdict, 'CERTIFICATE_UNTRUSTED', 'extKeyUsage', position, /4\.2\.1\.12/);
          assert.ok(verdict.finding?.accepted.startsWith(`${says[purpose]}, any`));
        }
    }
  }
});

test('4.2.1.12: an authority for one purpose and a leaf for the other leave none', () => {
  const middle = root.authority({ more: [purposes(clientAuth)] });
  const end = middle.issue({ more: [purposes(serverAuth)] });
  for (const purpose of ['initiating', 'terminating', 'any'] as const)
    assert.equal(validate([end, middle], { purpose }).code, 'CERTIFICATE_UNTRUSTED', purpose);
  refused(validate([end, middle]), 'CERTIFICATE_UNTRUSTED', 'extKeyUsage', 0, /4\.2\.1\.12/);
});

test('4.2.1.12: what an authority was not given, no extKeyUsage below gives back', () => {
  const top = root.authority({ subject: 'top', more: [purposes(clientAuth)] });
  for (const ids of [[anyPurpose], [clientAuth, serverAuth]]) {
    const middle = top.authority({ more: [purposes(...ids)] });
    const end = middle.issue({ more: [purposes(...ids)] });
    const chain = [end, middle, top];
    accepted(validate(chain, { purpose: 'initiating' }));
    accepted(validate(chain));
    refused(validate(chain, { purpose: 'terminating' }), 'CERTIFICATE_UNTRUSTED', 'extKeyUsage', 2);
  }
});

const within = (permitted: string) => ({ nameConstraints: { permitted: [permitted] } });
const outside = (verdict: Verdict, position: number, field = 'subjectAltName') =>
  refused(verdict, 'CERTIFICATE_UNTRUSTED', field, position, /6\.1\.3 \(b\), \(c\)/);

test('6.1.4 (g): the name constraints of all authorities above bind, those of the anchor too', () => {
  const anchor = makeAuthority(within('dns:example.com'));
  const first = anchor.authority({ subject: 'first', ...within('dns:a.example.com') });
  const second = first.authority({ subject: 'second', ...within('dns:example.org') });
  const anchors = [anchor.der];
  const of = (issuer: Authority, dns: string) =>
    validate([issuer.issue({ names: [`dns:${dns}`] }), second, first], { anchors });
  accepted(of(anchor, 'b.example.com'));
  outside(of(anchor, 'example.org'), 0);
  accepted(of(first, 'b.a.example.com'));
  outside(of(first, 'b.example.com'), 0);
  outside(of(first, 'example.org'), 0);
  // Permitted by the last one alone, and by the others alone.
  outside(of(second, 'example.org'), 0);
  outside(of(second, 'a.example.com'), 0);
});

test('6.1.4 (g): an authority is not bound by its own name constraints', () => {
  const middle = root.authority({ names: ['dns:elsewhere.example'], ...within('dns:example.com') });
  accepted(validate([middle.issue({ names: ['dns:a.example.com'] }), middle]));
});

test('6.1.3 (b), (c): the names of intermediates are bound as well, and the subject is a name', () => {
  const top = root.authority({ subject: 'top', ...within('dns:example.com') });
  const middle = top.authority({ names: ['dns:elsewhere.example'] });
  outside(validate([middle.issue({ names: ['dns:a.example.com'] }), middle, top]), 1);
  const directory = root.authority({ subject: 'directory', ...within('dir:end-point') });
  accepted(validate([directory.issue(), directory]));
  outside(validate([directory.issue({ subject: 'other' }), directory]), 0, 'subject');
});

test('6.1.3 (b), (c): a self-issued certificate is not bound, unless it is the last of the path', () => {
  const top = root.authority({ subject: 'top', ...within('dir:end-point') });
  const newKey = top.authority({ subject: 'top', key: keyFor('new key') });
  accepted(validate([newKey.issue(), newKey, top]));
  outside(validate([top.issue({ subject: 'top', key: keyFor('end-point') }), top]), 0, 'subject');
  // What is not issued to itself is bound.
  const other = top.authority({ subject: 'other' });
  outside(validate([other.issue(), other, top]), 1, 'subject');
});

test('6.1.4 (g): the name constraints of a self-issued certificate bind all the same', () => {
  const newKey = root.authority({ subject: 'root', key: keyFor('new key'), ...within('dns:example.com') });
  accepted(validate([newKey.issue({ names: ['dns:a.example.com'] }), newKey]));
  outside(validate([newKey.issue({ names: ['dns:elsewhere.example'] }), newKey]), 0);
});

test('comparisons of names are counted for all certificates of a path together', () => {
  const excluded = Array.from({ length: 10 }, (_, index) => `dns:x${index}.example`);
  const top = makeAuthority({ nameConstraints: { excluded } });
  const middle = top.authority({ nameConstraints: { excluded } });
  const requirements = { time, profile: 'onem2m', purpose: 'any', maxDepth: 6, restricted: null } as const;
  const cost = (names: readonly string[]) => {
    const path = [parsed(middle.issue({ names })), parsed(middle), parsed(top)] as const;
    const budget = { comparisons: 250_000 };
    const before = budget.comparisons;
    assert.equal(pathObjection(path, requirements, budget), null);
    return before - budget.comparisons;
  };
  // Each subject is a name too: the intermediate's is compared with ten subtrees, the end-point's with twenty.
  assert.equal(cost([]), 10 + 20);
  assert.equal(cost(['dns:a.example', 'dns:b.example', 'dns:c.example']), 10 + 20 + 3 * 20);
});

test('TS-0003 8.1.2.2: the form of name that identifies is restricted by some certificate above', () => {
  const hardware = '1.3.6.1.5.5.7.8.4';
  const cases: [form: NameForm, identity: string, restricting: string, elsewhere: string][] = [
    ['dns', 'dns:cse.example.com', 'dns:example.com', 'uri:example.com'],
    ['uri', 'uri://m2m.example.com/cse/Cae1', 'uri:m2m.example.com', 'dns:elsewhere.example'],
    ['registeredId', 'rid:1.2.3.4', 'rid:1.2.3', 'dns:example.com'],
    ['device', 'device:0.2.481.1:100.3030', 'device:0.2.481.1:100', 'rid:0.2.481.1.100'],
    [`other ${hardware}`, `other:${hardware}:0500`, `other:${hardware}:0500`, 'device:0.2.481.1:100'],
  ];
  for (const [restricted, identity, restricting, elsewhere] of cases) {
    const judge = (...constraints: (Parameters<typeof within>[0] | null)[]) => {
      let issuer = root;
      const above = [root];
      for (const [index, constraint] of constraints.entries()) {
        const own = constraint === null ? {} : within(constraint);
        issuer = issuer.authority({ subject: `authority ${index}`, ...own });
        above.unshift(issuer);
      }
      const path: Path = [parsed(issuer.issue({ names: [identity] })), ...above.map(parsed)];
      const requirements = { time, profile: 'onem2m', purpose: 'any', maxDepth: 6, restricted } as const;
      return pathObjection(path, requirements, { comparisons: 250_000 });
    };
    for (const nobody of [judge(null), judge(elsewhere), judge(null, elsewhere)]) {
      assert.equal(nobody?.objection.clause, 'TS-0003 8.1.2.2', restricted);
      assert.equal(nobody?.position, 0);
      assert.match(nobody?.objection.problem ?? '', new RegExp(`of form ${restricted}$`));
    }
    // Names of an unknown type cannot be compared, so a constraint on them lets nobody through.
    const refusal = restricted.startsWith('other') ? 'RFC 5280 6.1.3 (b), (c)' : undefined;
    for (const restrictedBy of [judge(restricting), judge(restricting, null), judge(null, restricting)])
      assert.equal(restrictedBy?.objection.clause, refusal, restricted);
  }
});
