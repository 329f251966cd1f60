// What can be wrong with ClientHello, and what is unusual and right.
import { alertLevel } from '../../../wire/alerts.ts';
import { clientExtension } from '../../../wire/extensions.ts';
import { type ClientHello, message } from '../../../wire/messages.ts';
import { breaking, type Misbehaviour, type Rule } from '../misbehaviour.ts';
import { alert, changed, type Edit, instead, rewritten } from '../steps.ts';
import { bodyOf, withBody } from './bytes.ts';
import { each } from './flights.ts';
import { withBlock, withData, withExtension, withExtensions, withoutExtension } from './hellos.ts';

const {
  applicationLayerProtocolNegotiation: alpn,
  clientCertificateType,
  ecPointFormats,
  encryptThenMac,
  extendedMasterSecret,
  renegotiationInfo,
  serverCertificateType,
  serverName,
  signatureAlgorithms,
  statusRequest,
  supportedGroups,
} = clientExtension;

export const clientHello: readonly Misbehaviour[] = [
  ...rule(
    { rule: 'a version below TLS 1.2', clause: 'TS-0003 10.2.1; RFC 5246 E.1', code: 'VERSION_UNSUPPORTED' },
    each([0x0002, 0x0200, 0x0300, 0x0301, 0x0302], version => [
      `ClientHello of version 0x${version.toString(16).padStart(4, '0')}`,
      hello({ version }),
    ]),
  ),
  ...rule(
    { rule: 'a version above TLS 1.2, which is answered with TLS 1.2', clause: 'RFC 5246 E.1', code: null },
    {
      'ClientHello of version 0x0304': hello({ version: 0x0304 }),
      'ClientHello of version 0x7f00': hello({ version: 0x7f00 }),
      'supported_versions with TLS 1.3 and 1.2': withExtension('ClientHello', { type: 43 }, [4, 3, 4, 3, 3]),
    },
  ),
  ...rule(
    { rule: 'no null compression', clause: 'RFC 5246 §7.4.1.2', code: 'PARAMETER_ILLEGAL' },
    { 'DEFLATE alone in ClientHello': hello({ compressionMethods: [1] }) },
  ),
  ...rule(
    { rule: 'other compressions beside null', clause: 'RFC 5246 §7.4.1.2', code: null },
    { 'DEFLATE before null in ClientHello': hello({ compressionMethods: [1, 0] }) },
  ),
  ...rule(
    {
      rule: 'a list that is empty or ends inside an item',
      clause: 'RFC 5246 §4.3, §7.4.1.2',
      code: 'MESSAGE_MALFORMED',
    },
    {
      'no suite in ClientHello': inBody(suitesAt, '0000'),
      'suites of three bytes in ClientHello': inBody(suitesAt, '0003c02bc0'),
      'no compression in ClientHello': instead(
        'ClientHello',
        rewritten('ClientHello', honest => {
          const body = bodyOf(honest);
          const at = compressionsAt(body);
          return withBody(honest, Buffer.concat([body.subarray(0, at), Buffer.of(0), body.subarray(at + 2)]));
        }),
      ),
      'a session id of 33 bytes in ClientHello': inBody(() => 34, `21${'07'.repeat(33)}`, 1),
      'no group in supported_groups': withExtension('ClientHello', supportedGroups, '0000'),
      'supported_groups of three bytes': withExtension('ClientHello', supportedGroups, '0003001700'),
      'no format in ec_point_formats': withExtension('ClientHello', ecPointFormats, '00'),
      'no scheme in signature_algorithms': withExtension('ClientHello', signatureAlgorithms, '0000'),
      'signature_algorithms of three bytes': withExtension('ClientHello', signatureAlgorithms, '0003040304'),
      'no protocol in ClientHello': withExtension('ClientHello', alpn, '0000'),
      'a protocol without a name in ClientHello': withExtension('ClientHello', alpn, '000100'),
      'no name in server_name': withExtension('ClientHello', serverName, '0000'),
      'no certificate type in client_certificate_type': withExtension(
        'ClientHello',
        clientCertificateType,
        '00',
      ),
      'no certificate type in server_certificate_type': withExtension(
        'ClientHello',
        serverCertificateType,
        '00',
      ),
      'a status_request for OCSP without its lists': withExtension('ClientHello', statusRequest, '01'),
    },
  ),
  ...rule(
    { rule: 'a session id, which resumes nothing', clause: 'RFC 5246 §7.4.1.2', code: null },
    {
      'a session id of 32 bytes in ClientHello': hello({ sessionId: new Uint8Array(32).fill(7) }),
      'session_ticket in ClientHello': withExtension('ClientHello', { type: 35 }, new Uint8Array(200)),
    },
  ),
  ...rule(
    {
      rule: 'no suite that is allowed here and that we have a credential for',
      clause: 'TS-0003 10.2',
      code: 'NOTHING_IN_COMMON',
    },
    {
      'suites of RSA key transport alone': suites(0x002f, 0x0035, 0x009c),
      'suites without encryption alone': suites(0x0000, 0x0001, 0x0002, 0xc006),
      'export and anonymous suites alone': suites(0x0003, 0x0019, 0x0034, 0xc018),
      'suites of finite-field Diffie-Hellman alone': suites(0x0033, 0x009e),
      'suites with 3DES or RC4 alone': suites(0x000a, 0x0005, 0xc008, 0xc007),
      'suites of TLS 1.3 alone': suites(0x1301, 0x1302),
      'the signalling values alone': suites(0x00ff, 0x5600),
      'suites with a pre-shared key, to an end-point with a certificate': suites(0x00a8, 0xc037),
      'GREASE alone': suites(0x0a0a, 0xfafa),
    },
  ),
  ...rule(
    {
      rule: 'suites that are not known, beside those that are',
      clause: 'RFC 5246 §7.4.1.2; RFC 8701',
      code: null,
    },
    {
      'GREASE, TLS 1.3 and the signalling values among the suites': instead(
        'ClientHello',
        changed(message.clientHello, ({ cipherSuites, ...rest }) => ({
          ...rest,
          cipherSuites: [0x0a0a, 0x1301, 0x5600, ...cipherSuites, 0x00ff],
        })),
      ),
    },
  ),
  ...rule(
    {
      rule: 'renegotiation_info that is not empty',
      clause: 'RFC 5746 §3.6',
      code: 'RENEGOTIATION_INFO_INVALID',
    },
    {
      'a verify_data in renegotiation_info of ClientHello': withExtension(
        'ClientHello',
        renegotiationInfo,
        `0c${'00'.repeat(12)}`,
      ),
    },
  ),
  ...rule(
    { rule: 'no renegotiation_info', clause: 'RFC 5746 §3.6', code: null },
    { 'no renegotiation_info in ClientHello': withoutExtension('ClientHello', renegotiationInfo) },
  ),
  ...rule(
    { rule: 'no extended_master_secret', clause: 'RFC 7627 §5.2', code: 'EXTENDED_MASTER_SECRET_MISSING' },
    { 'no extended_master_secret in ClientHello': withoutExtension('ClientHello', extendedMasterSecret) },
  ),
  ...rule(
    { rule: 'application protocols without ours', clause: 'RFC 7301 §3.2', code: 'NO_APPLICATION_PROTOCOL' },
    {
      'h2 alone in ClientHello': withExtension('ClientHello', alpn, '0003026832'),
      'our protocol in capitals in ClientHello': withExtension('ClientHello', alpn, names('ONEM2M-E2EKEY')),
    },
  ),
  ...rule(
    {
      rule: 'no application protocols, or more than ours',
      clause: 'RFC 7301 §3.1; TS-0003 Table 8.7.2.2-1',
      code: null,
    },
    {
      'no application protocols in ClientHello': withoutExtension('ClientHello', alpn),
      'h2 before our protocol in ClientHello': withExtension(
        'ClientHello',
        alpn,
        names('h2', 'onem2m-e2ekey'),
      ),
    },
  ),
  ...rule(
    { rule: 'no group in common', clause: 'RFC 8422 §4; TS-0003 10.1.1.1', code: 'NOTHING_IN_COMMON' },
    {
      'brainpoolP256r1 and ffdhe2048 alone in supported_groups': withExtension(
        'ClientHello',
        supportedGroups,
        '0004001a0100',
      ),
    },
  ),
  ...rule(
    { rule: 'no supported_groups, which leaves the choice free', clause: 'RFC 8422 §4', code: null },
    { 'no supported_groups in ClientHello': withoutExtension('ClientHello', supportedGroups) },
  ),
  ...rule(
    { rule: 'point formats without uncompressed', clause: 'RFC 8422 §5.1.2', code: 'PARAMETER_ILLEGAL' },
    { 'compressed points alone in ClientHello': withExtension('ClientHello', ecPointFormats, '0101') },
  ),
  ...rule(
    { rule: 'no signature scheme in common', clause: 'RFC 5246 §7.4.1.4.1', code: 'NOTHING_IN_COMMON' },
    {
      'SHA-1 and MD5 alone in signature_algorithms': withExtension(
        'ClientHello',
        signatureAlgorithms,
        '0006020302010101',
      ),
      'RSA alone in signature_algorithms': withExtension('ClientHello', signatureAlgorithms, '000404010804'),
      'no signature_algorithms in ClientHello': withoutExtension('ClientHello', signatureAlgorithms),
    },
  ),
  ...rule(
    { rule: 'two names of one type in server_name', clause: 'RFC 6066 §3', code: 'PARAMETER_ILLEGAL' },
    { 'two host names in server_name': withExtension('ClientHello', serverName, '00080000016100000162') },
  ),
  ...rule(
    {
      rule: 'certificate types among which is none of ours',
      clause: 'RFC 7250 §4.2',
      code: 'CERTIFICATE_UNSUPPORTED',
    },
    {
      'raw public keys alone in client_certificate_type': withExtension(
        'ClientHello',
        clientCertificateType,
        '0102',
      ),
      'raw public keys alone in server_certificate_type': withExtension(
        'ClientHello',
        serverCertificateType,
        '0102',
      ),
      'OpenPGP alone in server_certificate_type': withExtension('ClientHello', serverCertificateType, '0101'),
    },
  ),
  ...rule(
    { rule: 'an extension twice', clause: 'RFC 5246 §7.4.1.4', code: 'MESSAGE_MALFORMED' },
    {
      ...each(
        [renegotiationInfo, supportedGroups, ecPointFormats, signatureAlgorithms, alpn, extendedMasterSecret],
        ({ type, name }) => [
          `${name} twice in ClientHello`,
          withExtensions('ClientHello', extensions => [
            ...extensions,
            ...extensions.filter(extension => extension.type === type),
          ]),
        ],
      ),
      'an unknown extension twice in ClientHello': withExtensions('ClientHello', extensions => [
        ...extensions,
        ...[1, 2].map(byte => ({ type: 0xfe00, data: Uint8Array.of(byte) })),
      ]),
    },
  ),
  ...rule(
    { rule: 'more than 64 extensions', clause: 'ours', code: 'MESSAGE_MALFORMED' },
    { '65 extensions in ClientHello': withExtensions('ClientHello', upTo(65)) },
  ),
  ...rule(
    { rule: 'extensions that are not known, 64 at the most', clause: 'RFC 5246 §7.4.1.4', code: null },
    {
      '64 extensions in ClientHello': withExtensions('ClientHello', upTo(64)),
      'heartbeat in ClientHello': withExtension('ClientHello', { type: 15 }, [1]),
      'an empty extension of GREASE in ClientHello': withExtension('ClientHello', { type: 0x0a0a }, []),
      'max_fragment_length in ClientHello': withExtension('ClientHello', { type: 1 }, [1]),
      'a status_request of an unknown type in ClientHello': withExtension(
        'ClientHello',
        statusRequest,
        '0207',
      ),
      'a padding of 8000 bytes in ClientHello': withExtension(
        'ClientHello',
        { type: 21 },
        new Uint8Array(8000),
      ),
    },
  ),
  ...rule(
    {
      rule: 'an extension with bytes behind its content, or with too few',
      clause: 'RFC 5246 §4.3, §7.4.1.4',
      code: 'MESSAGE_MALFORMED',
    },
    each(
      [renegotiationInfo, supportedGroups, ecPointFormats, signatureAlgorithms, alpn, extendedMasterSecret],
      declaration => [
        `${declaration.name} with a byte behind its content in ClientHello`,
        withData('ClientHello', declaration, data => Buffer.concat([data, Buffer.of(0)])),
      ],
    ),
  ),
  ...rule(
    {
      rule: 'an extension with bytes behind its content, or with too few',
      clause: 'RFC 5246 §4.3, §7.4.1.4',
      code: 'MESSAGE_MALFORMED',
    },
    {
      ...each(
        [renegotiationInfo, supportedGroups, ecPointFormats, signatureAlgorithms, alpn],
        declaration => [
          `${declaration.name} without its last byte in ClientHello`,
          withData('ClientHello', declaration, data => data.subarray(0, -1)),
        ],
      ),
      'encrypt_then_mac with a byte in ClientHello': withExtension('ClientHello', encryptThenMac, '00'),
      'a block of extensions one byte too long in ClientHello': withBlock(
        'ClientHello',
        (extensions, write) => lengthened(write(extensions), 1),
      ),
      'a block of extensions one byte too short in ClientHello': withBlock(
        'ClientHello',
        (extensions, write) => lengthened(write(extensions), -1),
      ),
    },
  ),
  ...rule(
    { rule: 'a fatal alert, or close_notify', clause: 'RFC 5246 §7.2.1, §7.2.2', code: 'ALERT_RECEIVED' },
    {
      'handshake_failure in the place of ClientHello': instead('ClientHello', alert(alertLevel.fatal, 40)),
      'close_notify in the place of ClientHello': instead('ClientHello', alert(alertLevel.warning, 0)),
    },
  ),
];

function rule(rule: Omit<Rule, 'message'>, edits: Readonly<Record<string, Edit>>): readonly Misbehaviour[] {
  return breaking({ message: 1, ...rule }, edits);
}

function hello(change: Partial<ClientHello>): Edit {
  return instead(
    'ClientHello',
    changed(message.clientHello, honest => ({ ...honest, ...change })),
  );
}

function suites(...cipherSuites: number[]): Edit {
  return hello({ cipherSuites });
}

/** An honest session id is empty: behind version, random and its length stands the list of suites. */
function suitesAt(_body: Uint8Array): number {
  return 35;
}

function compressionsAt(body: Uint8Array): number {
  return suitesAt(body) + 2 + Buffer.from(body).readUInt16BE(suitesAt(body));
}

/** Other bytes in the place of a field; of the list of suites where nothing else is said. */
function inBody(at: (body: Uint8Array) => number, hex: string, size?: number): Edit {
  return instead(
    'ClientHello',
    rewritten('ClientHello', honest => {
      const body = bodyOf(honest);
      const start = at(body);
      const end = size === undefined ? compressionsAt(body) : start + size;
      return withBody(
        honest,
        Buffer.concat([body.subarray(0, start), Buffer.from(hex, 'hex'), body.subarray(end)]),
      );
    }),
  );
}

function names(...protocols: string[]): Uint8Array {
  const list = Buffer.concat(
    protocols.flatMap(name => [Buffer.of(name.length), Buffer.from(name, 'latin1')]),
  );
  return Buffer.concat([Buffer.of(0, list.length), list]);
}

function upTo(count: number) {
  return (extensions: readonly { readonly type: number; readonly data: Uint8Array }[]) => [
    ...extensions,
    ...Array.from({ length: count - extensions.length }, (_, index) => ({
      type: 0xfd00 + index,
      data: new Uint8Array(),
    })),
  ];
}

function lengthened(block: Uint8Array, by: number): Uint8Array {
  const changed = Buffer.from(block);
  changed.writeUInt16BE(changed.readUInt16BE(0) + by);
  return changed;
}
