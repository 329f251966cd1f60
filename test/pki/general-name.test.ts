import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  generalNames,
  hardwareModuleName,
  objectIdentifier,
  relativeObjectIdentifier,
  type WritableName,
} from '../../src/pki/general-name.ts';

const hex = (bytes: Uint8Array | ArrayBuffer) => Buffer.from(new Uint8Array(bytes)).toString('hex');
const text = (value: string) => Buffer.from(value).toString('hex');

const names: readonly [name: WritableName, der: string][] = [
  [{ form: 'dns', value: 'a.test' }, `8206${text('a.test')}`],
  [{ form: 'uri', value: '//a.test/b/Cc' }, `860d${text('//a.test/b/Cc')}`],
  [{ form: 'registeredId', value: '1.2.840' }, '88032a8648'],
  [
    { form: 'other', typeId: '0.2.481.1', value: Uint8Array.of(0x0d, 0x01, 0x64) },
    'a00b060402836101a0030d0164',
  ],
];

for (const [name, der] of names)
  test(`a name of form ${name.form} has the tag of RFC 5280 4.2.1.6, in DER`, () => {
    const length = (der.length / 2).toString(16).padStart(2, '0');
    assert.equal(hex(generalNames([name])), `30${length}${der}`);
  });

test('a RELATIVE-OID has one arc after the other, in the fewest octets (X.690 8.20); the example of TS-0003 10.1.1.4', () => {
  assert.equal(hex(relativeObjectIdentifier(['100', '3030', '10011'])), '0d05649756ce1b');
  assert.equal(hex(relativeObjectIdentifier(['0', '127', '128'])), '0d04007f8100');
});

test('arcs have any size, also those of serial numbers and UUIDs (X.690 8.19.2, ITU-T X.667)', () => {
  assert.equal(hex(relativeObjectIdentifier(['4294967296'])), '0d059080808000');
  assert.equal(hex(relativeObjectIdentifier(['9007199254740993'])), '0d089080808080808001');
  assert.equal(
    hex(objectIdentifier('2.25.329800735698586629295641978511506172918').toBER()),
    '06146983f09da7ebcfdee0c7a1a7b2c0948cc8f9d776',
  );
});

test('the first number of an object identifier stands for two arcs (X.690 8.19.4)', () => {
  assert.equal(hex(objectIdentifier('1.39').toBER()), '06014f');
  assert.equal(hex(objectIdentifier('2.999.3').toBER()), '0603883703');
});

test('what is no object identifier, or longer than a reader takes, is refused', () => {
  for (const wrong of ['', '1', '3.1', '1.40', '1.02', '1.2.', '1.2.a', '-1.2'])
    assert.throws(() => objectIdentifier(wrong), {
      code: 'OPTION_INVALID',
      message: /is no object identifier/,
    });
  const arcs = (count: number) => Array.from({ length: count }, () => '1');
  assert.equal(relativeObjectIdentifier(arcs(64)).length, 66);
  assert.throws(() => relativeObjectIdentifier(arcs(65)), {
    code: 'OPTION_INVALID',
    message: /65 octets; at most 64/,
  });
});

test('a hardware module is its type and the octets of its serial number (RFC 4108 5)', () => {
  assert.equal(hex(hardwareModuleName('1.2.3', Uint8Array.of(0x0a, 0xff))), '300806022a0304020aff');
});
