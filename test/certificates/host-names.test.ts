// Names of hosts by RFC 9525: what a wildcard stands for, and addresses in all their spellings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressBytes, addressText, namesHost } from '../../src/certificates/host-names.ts';
import type { GeneralName } from '../../src/certificates/names.ts';

const dns = (value: string): GeneralName => ({ form: 'dns', value });
const ip = (hex: string): GeneralName => ({ form: 'ip', bytes: Buffer.from(hex, 'hex') });
const covers = (pattern: string, host: string) => namesHost([dns(pattern)], host);

test('RFC 9525 6.3: a domain name is that of the host, whole, in any case', () => {
  assert.ok(covers('cse.example.com', 'cse.example.com'));
  assert.ok(covers('CSE.Example.com', 'cse.eXample.COM'));
  assert.ok(covers('localhost', 'localhost'));
  for (const host of ['example.com', 'a.cse.example.com', 'xcse.example.com', 'cse.example.com.'])
    assert.equal(covers('cse.example.com', host), false, host);
});

test('RFC 9525 6.3: any of the names will do, and without any nobody is named', () => {
  assert.ok(namesHost([dns('a.example'), dns('b.example')], 'b.example'));
  assert.equal(namesHost([], 'b.example'), false);
});

test('RFC 9525 6.3: a wildcard is the whole leftmost label and stands for exactly one', () => {
  assert.ok(covers('*.example.com', 'a.example.com'));
  assert.ok(covers('*.EXAMPLE.com', 'A.example.COM'));
  assert.ok(covers('*.example.com', 'xn--bcher-kva.example.com'));
  for (const host of ['example.com', 'a.b.example.com', 'a.example.org', 'aexample.com'])
    assert.equal(covers('*.example.com', host), false, host);
});

test('RFC 9525 6.3: a wildcard anywhere else, or in part of a label, stands for nothing', () => {
  for (const [pattern, host] of [
    ['a*.example.com', 'ab.example.com'],
    ['*a.example.com', 'ba.example.com'],
    ['a.*.com', 'a.example.com'],
    ['a.*', 'a.example'],
    ['*.*.com', 'a.example.com'],
    ['*.*.example.com', 'a.b.example.com'],
    ['xn--*.example.com', 'xn--a.example.com'],
    ['*example.com', 'aexample.com'],
    ['**.example.com', 'a.example.com'],
    ['*', 'localhost'],
    ['*', 'a.example'],
    ['a.example.com', 'b.example.com'],
  ] as const)
    assert.equal(covers(pattern, host), false, pattern);
});

test('a wildcard has two labels below it at least: nobody is the host of all of .com', () => {
  for (const [pattern, host] of [
    ['*.com', 'example.com'],
    ['*.localhost', 'a.localhost'],
    ['*.', 'a.'],
    ['*..com', 'a..com'],
    ['*.-a.com', 'b.-a.com'],
  ] as const)
    assert.equal(covers(pattern, host), false, pattern);
  assert.ok(covers('*.co.uk', 'a.co.uk'));
});

test('RFC 9525 6.1: only dNSName names a host, and neither a URI nor a mailbox', () => {
  const value = 'cse.example.com';
  assert.equal(
    namesHost(
      [
        { form: 'uri', value },
        { form: 'email', value },
      ],
      value,
    ),
    false,
  );
});

test('RFC 9525 6.5: an address is named by iPAddress alone, never by a text or a wildcard', () => {
  assert.ok(namesHost([ip('7f000001')], '127.0.0.1'));
  assert.equal(namesHost([ip('7f000001')], '127.0.0.2'), false);
  for (const pattern of ['127.0.0.1', '*.0.0.1', '*.0.1', '*'])
    assert.equal(covers(pattern, '127.0.0.1'), false, pattern);
  assert.equal(covers('::1', '::1'), false);
});

test('RFC 9525 6.5: an IPv6 address is compared by its octets, however it is spelled', () => {
  const address = ip('20010db8000000000000000000000001');
  for (const host of [
    '2001:db8::1',
    '2001:DB8::1',
    '2001:db8:0:0:0:0:0:1',
    '2001:0db8:0000:0000:0000:0000:0000:0001',
    '2001:db8:0:0::1',
    '2001:db8::0:0:1',
    '2001:db8::0.0.0.1',
    '2001:db8:0:0:0:0:0.0.0.1',
  ])
    assert.ok(namesHost([address], host), host);
  for (const host of ['2001:db8::2', '2001:db8:1::', '2001:db80::1', '::2001:db8:0:1', '1:db8::2001'])
    assert.equal(namesHost([address], host), false, host);
});

test('RFC 4291 2.2: groups of zeros may be left out at either end, or be all of them', () => {
  for (const [host, hex] of [
    ['::', '00'.repeat(16)],
    ['::1', `${'00'.repeat(15)}01`],
    ['1::', `0001${'00'.repeat(14)}`],
    ['fe80::', `fe80${'00'.repeat(14)}`],
    ['::192.0.2.33', `${'00'.repeat(12)}c0000221`],
    ['64:ff9b::192.0.2.33', `0064ff9b${'00'.repeat(8)}c0000221`],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
  ] as const) {
    assert.ok(namesHost([ip(hex)], host), host);
    assert.equal(namesHost([ip('ff'.repeat(16))], host), false, host);
  }
});

test('what is no address in whole is none: no zone, port, bracket or other number of parts', () => {
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.',
    '1.2.3.4.5',
    '.1.2.3.4',
    '1.2.3.256',
    '01.2.3.4',
    '0x7f.0.0.1',
    '1.2.3.4\n',
    '2130706433',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    'g::',
    '::1.2.3',
    '::1.2.3.4.5',
    '1.2.3.4::',
    '[::1]',
    '::1]',
    '::1]:80',
    '::1]/[',
    'fe80::1%eth0',
    'fe80::1%25eth0',
    'cse.example.com',
    'a',
  ])
    assert.equal(addressBytes(text), null, text);
  assert.deepEqual([...(addressBytes('255.0.99.10') ?? [])], [255, 0, 99, 10]);
  assert.deepEqual(addressBytes('::'), Buffer.alloc(16));
});

test('an IPv4 address and the IPv6 address that maps it are two', () => {
  const mapped = `${'00'.repeat(10)}ffffc0000221`;
  assert.ok(namesHost([ip(mapped)], '::ffff:192.0.2.33'));
  assert.equal(namesHost([ip(mapped)], '192.0.2.33'), false);
  assert.equal(namesHost([ip('c0000221')], '::ffff:192.0.2.33'), false);
});

test('an address is shown as one would write it', () => {
  assert.equal(addressText(Buffer.of(192, 0, 2, 33)), '192.0.2.33');
  const ipv6 = Buffer.from('20010db8000000000000000000000001', 'hex');
  assert.equal(addressText(ipv6), '2001:0db8:0000:0000:0000:0000:0000:0001');
  assert.ok(namesHost([{ form: 'ip', bytes: ipv6 }], addressText(ipv6)));
});
