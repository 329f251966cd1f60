import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultTable } from '../../src/errors.ts';
import { httpStatus, responseStatuses } from '../../src/onem2m/response-status-code.ts';

test('each Response Status Code has the HTTP status of TS-0009 Table 6.3.2-1', () => {
  const expected: Record<number, number[]> = {
    200: [2000, 2002, 2004],
    201: [2001],
    202: [1000, 1001, 1002],
    400: [4000, 4102],
    403: [4103, 4106, 4107, 4108, 4111, 4112, 4113, 4114, 4115, 4116, 4117, 5105, 5203],
    404: [4004, 5103, 5107],
    405: [4005],
    406: [5207],
    409: [4104, 4105, 5106],
    415: [4015],
    500: [5000, 5204, 5210, 5211],
    501: [4001, 5001, 5206],
    504: [4008],
  };
  for (const [http, codes] of Object.entries(expected))
    for (const rsc of codes) assert.equal(httpStatus(rsc), Number(http), `${rsc}`);
  const known = Object.values(responseStatuses).map(({ rsc }) => rsc);
  assert.deepEqual(known.toSorted(), Object.values(expected).flat().toSorted());
});

test('a code that the table does not have gets the status of its class (TS-0004 6.6.2)', () => {
  assert.deepEqual([1999, 2999, 4999, 5999, 6999].map(httpStatus), [202, 200, 400, 500, 500]);
});

test('every Response Status Code of the fault table is in the table (TS-0004 6.6.3)', () => {
  const known = new Set(Object.values(responseStatuses).map(({ rsc }) => rsc));
  for (const [code, { rsc }] of Object.entries(faultTable)) assert.ok(rsc === null || known.has(rsc), code);
});
