// What can be wrong with ServerHello, and what is unusual and right: it chooses from what ClientHello offered, and says
// nothing else.
import { clientExtension, serverExtension } from '../../../wire/extensions.ts';
import { message, type ServerHello } from '../../../wire/messages.ts';
import { breaking, type Misbehaviour, type Rule } from '../misbehaviour.ts';
import { changed, type Edit, instead, rewritten } from '../steps.ts';
import { bodyOf, increased, withBody } from './bytes.ts';
import { each } from './flights.ts';
import { withBlock, withExtension, withExtensions, withoutExtension } from './hellos.ts';

const {
  applicationLayerProtocolNegotiation: alpn,
  clientCertificateType,
  ecPointFormats,
  encryptThenMac,
  extendedMasterSecret,
  renegotiationInfo,
  serverCertificateType,
  serverName,
  statusRequest,
} = serverExtension;
const psk = { by: 'psk', options: { suites: ['TLS_PSK_WITH_AES_128_GCM_SHA256'] } } as const;

export const serverHello: readonly Misbehaviour[] = [
  ...rule(
    {
      rule: 'a version other than TLS 1.2',
      clause: 'TS-0003 10.2.1; RFC 5246 E.1',
      code: 'VERSION_UNSUPPORTED',
    },
    each([0x0300, 0x0301, 0x0302, 0x0304, 0xfefd], version => [
      `ServerHello of version 0x${version.toString(16).padStart(4, '0')}`,
      hello({ version }),
    ]),
  ),
  ...rule(
    { rule: 'a suite that was not offered', clause: 'RFC 5246 §7.4.1.3', code: 'PARAMETER_ILLEGAL' },
    each(
      [
        ['TLS_RSA_WITH_AES_128_CBC_SHA', 0x002f],
        ['TLS_NULL_WITH_NULL_NULL', 0x0000],
        ['TLS_ECDH_anon_WITH_AES_128_CBC_SHA', 0xc018],
        ['TLS_AES_128_GCM_SHA256', 0x1301],
        ['TLS_EMPTY_RENEGOTIATION_INFO_SCSV', 0x00ff],
        ['TLS_FALLBACK_SCSV', 0x5600],
        ['TLS_PSK_WITH_AES_128_GCM_SHA256, to an end-point with a certificate', 0x00a8],
      ] as const,
      ([name, cipherSuite]) => [`ServerHello chooses ${name}`, hello({ cipherSuite })],
    ),
  ),
  ...rule(
    { rule: 'a suite that was not offered', clause: 'RFC 5246 §7.4.1.3', code: 'PARAMETER_ILLEGAL', ...psk },
    {
      'ServerHello chooses TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, to an end-point with a pre-shared key':
        hello({ cipherSuite: 0xc02b }),
    },
  ),
  ...rule(
    { rule: 'a compression that was not offered', clause: 'RFC 5246 §7.4.1.3', code: 'PARAMETER_ILLEGAL' },
    {
      'ServerHello chooses DEFLATE': hello({ compressionMethod: 1 }),
      'ServerHello chooses compression 255': hello({ compressionMethod: 255 }),
    },
  ),
  ...rule(
    { rule: 'a session id, which is not kept', clause: 'RFC 5246 §7.4.1.3', code: null },
    { 'ServerHello gives a session id of 32 bytes': hello({ sessionId: new Uint8Array(32).fill(7) }) },
  ),
  ...rule(
    {
      rule: "TLS 1.3's mark in ServerHello.random, which says nothing to us",
      clause: 'RFC 8446 §4.1.3',
      code: null,
    },
    {
      'ServerHello.random ends with DOWNGRD and 1': instead(
        'ServerHello',
        changed(message.serverHello, ({ random, ...rest }) => ({
          ...rest,
          random: Buffer.concat([random.subarray(0, 24), Buffer.from('DOWNGRD\x01', 'latin1')]),
        })),
      ),
    },
  ),
  ...rule(
    {
      rule: 'a list that is empty or ends inside an item',
      clause: 'RFC 5246 §4.3',
      code: 'MESSAGE_MALFORMED',
    },
    {
      'a session id of 33 bytes in ServerHello': instead(
        'ServerHello',
        rewritten('ServerHello', honest => {
          const body = bodyOf(honest);
          return withBody(
            honest,
            Buffer.concat([body.subarray(0, 34), Buffer.of(33), new Uint8Array(33), body.subarray(35)]),
          );
        }),
      ),
      'no protocol in ServerHello': withExtension('ServerHello', alpn, '0000'),
      'no format in ec_point_formats of ServerHello': withExtension('ServerHello', ecPointFormats, '00'),
    },
  ),
  ...rule(
    { rule: 'an extension that was not offered', clause: 'RFC 5246 §7.4.1.4', code: 'EXTENSION_UNSOLICITED' },
    each(
      [
        [serverName.name, serverName.type, []],
        ['max_fragment_length', 1, [1]],
        [statusRequest.name, statusRequest.type, []],
        ['heartbeat', 15, [1]],
        [clientCertificateType.name, clientCertificateType.type, [0]],
        [serverCertificateType.name, serverCertificateType.type, [0]],
        ['session_ticket', 35, []],
        ['supported_versions', 43, [3, 4]],
        ['key_share', 51, [0, 23]],
        ['GREASE', 0x0a0a, []],
      ] as const,
      ([name, type, data]) => [
        `${name} in ServerHello, not offered`,
        withExtension('ServerHello', { type }, data),
      ],
    ),
  ),
  ...rule(
    {
      rule: 'an extension that is only for ClientHello',
      clause: 'RFC 5246 §7.4.1.4.1; RFC 8422 §5.1',
      code: 'PARAMETER_ILLEGAL',
    },
    {
      'signature_algorithms in ServerHello': withExtension(
        'ServerHello',
        clientExtension.signatureAlgorithms,
        '00020403',
      ),
      'supported_groups in ServerHello': withExtension(
        'ServerHello',
        clientExtension.supportedGroups,
        '00020017',
      ),
    },
  ),
  ...rule(
    { rule: 'an extension twice', clause: 'RFC 5246 §7.4.1.4', code: 'MESSAGE_MALFORMED' },
    each([renegotiationInfo, extendedMasterSecret, alpn], ({ type, name }) => [
      `${name} twice in ServerHello`,
      withExtensions('ServerHello', extensions => [
        ...extensions,
        ...extensions.filter(extension => extension.type === type),
      ]),
    ]),
  ),
  ...rule(
    {
      rule: 'an extension with bytes behind its content, or with too few',
      clause: 'RFC 5246 §4.3, §7.4.1.4',
      code: 'MESSAGE_MALFORMED',
    },
    {
      'extended_master_secret with a byte in ServerHello': withExtension(
        'ServerHello',
        extendedMasterSecret,
        '00',
      ),
      'renegotiation_info without its length in ServerHello': withExtension(
        'ServerHello',
        renegotiationInfo,
        '',
      ),
      'renegotiation_info with a byte behind its content in ServerHello': withExtension(
        'ServerHello',
        renegotiationInfo,
        '0000',
      ),
      'a block of extensions one byte too long in ServerHello': withBlock(
        'ServerHello',
        (extensions, write) => increased(write(extensions), 0, 2, 1),
      ),
      'a block of extensions one byte too short in ServerHello': withBlock(
        'ServerHello',
        (extensions, write) => increased(write(extensions), 0, 2, -1),
      ),
    },
  ),
  ...rule(
    {
      rule: 'renegotiation_info that is missing or not empty',
      clause: 'RFC 5746 §3.4',
      code: 'RENEGOTIATION_INFO_INVALID',
    },
    {
      'no renegotiation_info in ServerHello': withoutExtension('ServerHello', renegotiationInfo),
      'a verify_data in renegotiation_info of ServerHello': withExtension(
        'ServerHello',
        renegotiationInfo,
        `18${'00'.repeat(24)}`,
      ),
    },
  ),
  ...rule(
    { rule: 'no extended_master_secret', clause: 'RFC 7627 §5.2', code: 'EXTENDED_MASTER_SECRET_MISSING' },
    {
      'no extended_master_secret in ServerHello': withoutExtension('ServerHello', extendedMasterSecret),
      'no extensions in ServerHello but renegotiation_info': withExtensions('ServerHello', extensions =>
        extensions.filter(({ type }) => type === renegotiationInfo.type),
      ),
    },
  ),
  ...rule(
    {
      rule: 'an application protocol that was not offered, or two',
      clause: 'RFC 7301 §3.1',
      code: 'PARAMETER_ILLEGAL',
    },
    {
      'ServerHello chooses h2': withExtension('ServerHello', alpn, '0003026832'),
      'ServerHello chooses two protocols': withExtension(
        'ServerHello',
        alpn,
        Buffer.concat([Buffer.of(0, 17, 13), Buffer.from('onem2m-e2ekey'), Buffer.of(2), Buffer.from('h2')]),
      ),
    },
  ),
  ...rule(
    { rule: 'no application protocol', clause: 'RFC 7301 §3.2; TS-0003 Table 8.7.2.2-1', code: null },
    { 'no application protocol in ServerHello': withoutExtension('ServerHello', alpn) },
  ),
  ...rule(
    { rule: 'point formats without uncompressed', clause: 'RFC 8422 §5.2', code: 'PARAMETER_ILLEGAL' },
    { 'compressed points alone in ServerHello': withExtension('ServerHello', ecPointFormats, '0101') },
  ),
  ...rule(
    {
      rule: 'encrypt_then_mac with an AEAD suite',
      clause: 'RFC 7366 §3',
      code: 'PARAMETER_ILLEGAL',
    },
    { 'encrypt_then_mac with AES-GCM in ServerHello': withExtension('ServerHello', encryptThenMac, '') },
  ),
];

function rule(what: Omit<Rule, 'message'>, edits: Readonly<Record<string, Edit>>): readonly Misbehaviour[] {
  return breaking({ message: 2, ...what }, edits);
}

function hello(change: Partial<ServerHello>): Edit {
  return instead(
    'ServerHello',
    changed(message.serverHello, honest => ({ ...honest, ...change })),
  );
}
