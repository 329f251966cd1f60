import { test } from 'node:test';
import { groups } from '../../src/crypto/key-exchange.ts';
import type { FaultCode } from '../../src/errors.ts';
import { answer, begin, type EndOptions, goOn, initiatingEnd, terminatingEnd } from './lab.ts';
import { refused } from './refused.ts';
import { scriptedInitiating } from './scripted-initiating.ts';
import { scriptedTerminating, type TerminatingScript } from './scripted-terminating.ts';

interface Refusal {
  readonly rule: string;
  readonly script: TerminatingScript;
  readonly code: FaultCode;
  readonly sentence: RegExp;
  readonly options?: EndOptions;
}

const points: readonly { form: string; point: (point: Uint8Array) => Uint8Array }[] = [
  {
    form: 'compressed',
    point: point => Buffer.concat([Uint8Array.of(2 + ((point[64] ?? 0) & 1)), point.subarray(1, 33)]),
  },
  {
    form: 'hybrid',
    point: point => Buffer.concat([Uint8Array.of(6 + ((point[64] ?? 0) & 1)), point.subarray(1)]),
  },
  { form: 'off the curve', point: point => point.with(64, (point[64] ?? 0) ^ 1) },
  { form: 'at infinity', point: () => Uint8Array.of(0) },
  { form: 'at the origin', point: () => new Uint8Array(65).with(0, 4) },
  { form: 'beyond the field', point: () => new Uint8Array(65).fill(0xff).with(0, 4) },
  { form: 'one byte short', point: point => point.subarray(0, 64) },
  { form: 'one byte long', point: point => Buffer.concat([point, Uint8Array.of(0)]) },
];

const parameters: readonly Refusal[] = [
  {
    rule: 'a group that was not offered (RFC 8422 §5.4)',
    script: { parameters: value => ({ ...value, group: 24 }) },
    code: 'PARAMETER_ILLEGAL',
    sentence: /group 24/,
  },
  ...points.map(({ form, point }) => ({
    rule: `a point that is ${form} (RFC 8422 §5.11)`,
    script: {
      parameters: (value: Parameters<NonNullable<TerminatingScript['parameters']>>[0]) => ({
        ...value,
        point: point(Uint8Array.from(value.point)),
      }),
    },
    code: 'PARAMETER_ILLEGAL' as const,
    sentence: /ephemeral public key/,
  })),
  {
    rule: 'a point of another length than its group has (RFC 8422 §5.4.1)',
    script: { parameters: value => ({ ...value, group: 29 }) },
    options: { groups },
    code: 'PARAMETER_ILLEGAL',
    sentence: /the ephemeral public key is not 32 bytes for x25519/,
  },
  ...[0x0203, 0x0503, 0x0401, 0x0804].map(scheme => ({
    rule: `ServerKeyExchange under scheme 0x${scheme.toString(16)}, which was not offered (RFC 5246 §7.4.3)`,
    script: { signed: (signed: { signature: Uint8Array }) => ({ ...signed, scheme }) },
    code: 'PARAMETER_ILLEGAL' as const,
    sentence: /ServerKeyExchange is signed with a scheme that was not offered/,
  })),
  {
    rule: 'a CertificateRequest for other certificates than ours (RFC 5246 §7.4.4)',
    script: { request: request => ({ ...request, certificateTypes: [1, 2] }) },
    code: 'NOTHING_IN_COMMON',
    sentence: /CertificateRequest\.certificateTypes/,
  },
  {
    rule: 'a CertificateRequest for signatures that our key cannot make (RFC 5246 §7.4.4)',
    script: { request: request => ({ ...request, signatureSchemes: [0x0203, 0x0401] }) },
    code: 'NOTHING_IN_COMMON',
    sentence: /CertificateRequest\.signatureSchemes/,
  },
];

for (const { rule, script, code, sentence, options } of parameters)
  test(`message 2 is refused with ${code}: ${rule}`, () => {
    const end = initiatingEnd(options);
    const turn1 = begin(end, { encryptThenMac: true });
    const { message2 } = scriptedTerminating(turn1.message, script);
    refused(() => goOn(end, turn1.state, message2), code, sentence);
  });

for (const { form, point } of points)
  test(`message 3 is refused with PARAMETER_ILLEGAL: a point that is ${form} (RFC 8422 §5.11)`, () => {
    const end = terminatingEnd();
    const scripted = scriptedInitiating({ point });
    const turn2 = answer(end, scripted.message1);
    const { message3 } = scripted.answer(turn2.message);
    refused(() => goOn(end, turn2.state, message3), 'PARAMETER_ILLEGAL', /ephemeral public key/);
  });
