// The refusal table as data: for each fault that a peer can provoke at a terminating end-point, how, and what he
// is told. Whoever tests another way to an Endpoint (HTTP, TCP) sends the same messages.

import { Peers } from '../../src/certificates/trust.ts';
import { withTrafficKeys } from '../../src/crypto/key-schedule.ts';
import { credentials, type EndpointCredential } from '../../src/endpoint/credentials.ts';
import { memory } from '../../src/endpoint/stores.ts';
import { E2EKeyError, type FaultCode } from '../../src/errors.ts';
import { FlightWriter } from '../../src/handshake/flight.ts';
import { accept, advance } from '../../src/handshake/handshake.ts';
import { makeProfile } from '../../src/handshake/profile.ts';
import { fatalAlertRecord } from '../../src/wire/alerts.ts';
import { encode } from '../../src/wire/codec.ts';
import { type ClientHello, encodeMessage, message } from '../../src/wire/messages.ts';
import { contentType, tls12 } from '../../src/wire/numbers.ts';
import { maxMessageSize, maxPlaintext, readRecords, TlsRecord } from '../../src/wire/records.ts';
import { beginWith, type Kind, x509 } from './kinds.ts';
import {
  cae2,
  credentialOf,
  type LabOptions,
  type Procedure,
  type ProcedureOptions,
  seeded,
  without,
} from './lab.ts';

/** One way to be refused by a terminating end-point that is `terminatingEndpoint` of the lab. */
export interface Refusal {
  readonly name: string;
  readonly code: FaultCode;
  /** AlertDescription in the record that is delivered; null where none is. */
  readonly alert: number | null;
  /** Response Status Code; null where the fault has none. */
  readonly rsc: number | null;
  /** From; Cae1 if absent. A carrier without From cannot provoke what has another one. */
  readonly from?: string;
  /** What the terminating end-point is configured with. */
  readonly terminating?: () => LabOptions;
  /** Whose procedure it is; that of an honest Cae1 if absent. */
  readonly procedure?: () => ProcedureOptions;
  /** The first request, in the place of message 1. Refused, unless there is a second. */
  readonly first?: (procedure: Procedure) => Uint8Array;
  /** The second request, in the place of message 3: refused. */
  readonly second?: (procedure: Procedure, message2: Uint8Array) => Uint8Array;
}

export const honest = (procedure: Procedure, message2: Uint8Array) => procedure.message3(message2);
export const edited = (edit: (hello: ClientHello) => ClientHello) => () => ({ edit });

const ofCertificates: readonly Refusal[] = [
  {
    name: "CertificateVerify with another key than the certificate's (RFC 5246 §7.4.8)",
    code: 'SIGNATURE_INVALID',
    alert: 51,
    rsc: 4106,
    procedure: () => ({ credential: stolen() }),
    second: honest,
  },
  {
    name: 'an empty Certificate message (RFC 5246 §7.4.6)',
    code: 'PEER_CERTIFICATE_MISSING',
    alert: 40,
    rsc: 4106,
    second: (procedure, message2) => withEmptyCertificate(procedure.message3(message2)),
  },
  {
    name: 'a certificate that is none',
    code: 'CERTIFICATE_MALFORMED',
    alert: 42,
    rsc: 4106,
    procedure: () => ({ credential: { ...credentialOf('cae1'), chain: [Buffer.from('certificate')] } }),
    second: honest,
  },
  {
    name: 'an expired certificate (RFC 5280 6.1.3)',
    code: 'CERTIFICATE_EXPIRED',
    alert: 45,
    rsc: 4106,
    procedure: () => ({ credential: credentialOf('cae1-expired') }),
    second: honest,
  },
  {
    name: 'the right identity under a root that is not trusted (RFC 5280 6.1)',
    code: 'CERTIFICATE_UNTRUSTED',
    alert: 48,
    rsc: 4106,
    procedure: () => ({ credential: credentialOf('other-cae1') }),
    second: honest,
  },
  {
    name: 'raw public keys only (RFC 7250 §4.2)',
    code: 'CERTIFICATE_UNSUPPORTED',
    alert: 43,
    rsc: 4106,
    procedure: edited(withExtension(19, Buffer.of(1, 2))),
  },
  {
    name: 'the certificate of another AE than From (TS-0003 8.1.2.5)',
    code: 'IDENTITY_MISMATCH',
    alert: 42,
    rsc: 4106,
    procedure: () => ({ credential: credentialOf('cae2') }),
    second: honest,
  },
  {
    name: 'a signer that fails',
    code: 'SIGNER_FAILED',
    alert: 80,
    rsc: 5000,
    terminating: () => ({ credential: failingSigner() }),
  },
];

/** Those of certificates, which is what the lab has where nothing else is said. */
export const refusals: readonly Refusal[] = [...refusalsOfEvery(x509), ...ofCertificates];

/** What is refused whatever the end-points authenticate themselves with. */
export function refusalsOfEvery(kind: Kind): readonly Refusal[] {
  return [
    {
      name: 'a record that ends too early (RFC 5246 §6.2.1)',
      code: 'MESSAGE_MALFORMED',
      alert: 50,
      rsc: 4102,
      first: ({ message1 }) => message1.subarray(0, -1),
    },
    {
      name: 'no byte at all',
      code: 'MESSAGE_MALFORMED',
      alert: 50,
      rsc: 4102,
      first: () => new Uint8Array(),
    },
    {
      name: 'something else than TLS records',
      code: 'MESSAGE_MALFORMED',
      alert: 50,
      rsc: 4102,
      first: () => Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    },
    {
      name: 'a record of a type that TLS 1.2 does not have (RFC 5246 §6)',
      code: 'MESSAGE_UNEXPECTED',
      alert: 10,
      rsc: 4102,
      first: ({ message1 }) => Uint8Array.of(24, ...message1.subarray(1)),
    },
    {
      name: 'one byte more than 64 KiB',
      code: 'MESSAGE_TOO_LARGE',
      alert: null,
      rsc: 4102,
      first: () => new Uint8Array(maxMessageSize + 1),
    },
    {
      name: 'a record longer than any that is protected (RFC 5246 §6.2.3)',
      code: 'RECORD_OVERFLOW',
      alert: 22,
      rsc: 4102,
      first: () => record(contentType.handshake, new Uint8Array(maxPlaintext + 2049)),
    },
    {
      name: 'ClientHello twice',
      code: 'MESSAGE_UNEXPECTED',
      alert: 10,
      rsc: 4102,
      first: ({ message1 }) => Buffer.concat([message1, message1]),
    },
    {
      name: 'message 3 without ChangeCipherSpec (RFC 5246 §7.1)',
      code: 'MESSAGE_UNEXPECTED',
      alert: 10,
      rsc: 4102,
      second: (procedure, message2) =>
        withoutRecord(procedure.message3(message2), ({ type }) => type === contentType.changeCipherSpec),
    },
    {
      name: 'no null compression (RFC 5246 §7.4.1.2)',
      code: 'PARAMETER_ILLEGAL',
      alert: 47,
      rsc: 4102,
      procedure: edited(hello => ({ ...hello, compressionMethods: [1] })),
    },
    {
      name: 'renegotiation_info that is not empty (RFC 5746 §3.6)',
      code: 'RENEGOTIATION_INFO_INVALID',
      alert: 40,
      rsc: 4102,
      procedure: edited(withExtension(0xff01, Buffer.of(1, 0xaa))),
    },
    {
      name: 'a Finished record that does not open',
      code: 'RECORD_UNAUTHENTIC',
      alert: 20,
      rsc: 4106,
      second: (procedure, message2) => withFlippedEnd(procedure.message3(message2)),
    },
    {
      name: 'Finished over another handshake (RFC 5246 §7.4.9)',
      code: 'FINISHED_INVALID',
      alert: 51,
      rsc: 4106,
      second: withWrongFinished,
    },
    {
      name: 'no cipher suite in common (TS-0003 10.2.3)',
      code: 'NOTHING_IN_COMMON',
      alert: 40,
      rsc: 5207,
      procedure: edited(hello => ({ ...hello, cipherSuites: [0x1301] })),
    },
    {
      name: 'another application protocol (RFC 7301 §3.2)',
      code: 'NO_APPLICATION_PROTOCOL',
      alert: 120,
      rsc: 5207,
      procedure: edited(withExtension(16, Buffer.from('\0\x03\x02h2'))),
    },
    {
      name: 'no extended_master_secret (RFC 7627 §5.2)',
      code: 'EXTENDED_MASTER_SECRET_MISSING',
      alert: 40,
      rsc: 5207,
      procedure: edited(without(23)),
    },
    {
      name: 'no indicator to export pairwiseE2EKey, where everybody needs it (TS-0003 Table 8.7.2.2-1)',
      code: 'EXPORT_INDICATOR_MISSING',
      alert: 120,
      rsc: 5207,
      terminating: () => ({ requireExportIndicator: true }),
      procedure: edited(without(16)),
    },
    {
      name: 'no indicator to export pairwiseE2EKey, where this peer needs it (TS-0003 Table 8.7.2.2-1)',
      code: 'EXPORT_INDICATOR_MISSING',
      alert: 120,
      rsc: 5207,
      terminating: () => ({ peers: [{ ...kind.cae1, exportIndicator: 'required' }] }),
      procedure: edited(without(16)),
      second: honest,
    },
    {
      name: 'TLS 1.1 (TS-0003 10.2.1)',
      code: 'VERSION_UNSUPPORTED',
      alert: 70,
      rsc: 5001,
      procedure: edited(hello => ({ ...hello, version: 0x0302 })),
    },
    {
      name: 'a From that nobody knows (TS-0003 8.1.2.4)',
      code: 'PEER_NOT_ALLOWED',
      alert: 49,
      rsc: 4103,
      from: cae2,
    },
    {
      name: 'a peer that may only be the terminating end-point',
      code: 'PEER_NOT_ALLOWED',
      alert: 49,
      rsc: 4103,
      terminating: () => ({ peers: [{ ...kind.cae1, roles: ['terminating'] }] }),
    },
    {
      name: 'message 3 of a handshake that is not known here (TS-0001 11.4.3)',
      code: 'PENDING_UNKNOWN',
      alert: 10,
      rsc: 4000,
      first: procedure => procedure.message3(strangersMessage2(procedure.message1, kind)),
    },
    {
      name: 'one message 1 more than may be pending',
      code: 'TOO_MANY_PENDING',
      alert: null,
      rsc: 4105,
      terminating: () => ({ limits: { perOriginator: 1 } }),
      second: () => beginWith(kind).message1,
    },
    {
      name: 'a From that is no identifier (TS-0001 7.2)',
      code: 'REQUEST_INVALID',
      alert: null,
      rsc: 4000,
      from: 'Cae 1',
    },
    {
      name: 'an alert in the place of message 3 (RFC 5246 §7.2.2)',
      code: 'ALERT_RECEIVED',
      alert: null,
      rsc: null,
      second: () => fatalAlertRecord(40),
    },
    {
      name: 'a store that fails',
      code: 'STORE_FAILED',
      alert: 80,
      rsc: 5000,
      terminating: () => ({ store: failingStore() }),
    },
    {
      name: 'a failure that nobody foresaw',
      code: 'INTERNAL',
      alert: 80,
      rsc: 5000,
      terminating: () => ({
        random: () => {
          throw new TypeError('the text of an unforeseen error');
        },
      }),
    },
  ];
}

/** Faults that no peer can provoke at a terminating end-point, and why. */
export const unprovoked: Partial<Record<FaultCode, string>> = {
  EXTENSION_UNSOLICITED: 'only ServerHello answers extensions',
  CERTIFICATE_REVOKED: 'revocation lists are not processed',
  CERTIFICATE_STATUS_UNKNOWN: 'revocation evidence is not required',
  STATUS_RESPONSE_BAD: 'no status response is asked for',
  REQUEST_EXPIRED: 'a carrier looks at the expiration of a request',
  CARRIER_FAILED: 'only the initiating end-point has a carrier',
  OPTION_INVALID: 'only the caller can provoke it',
};

/** Flips the last bit: of the last record's tag or MAC. */
export function withFlippedEnd(bytes: Uint8Array): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  return flipped;
}

/** The certificate of Cae1 in the hands of somebody who has another key. */
export function stolen(): EndpointCredential {
  return credentials.withSigner(credentialOf('cae1').chain, credentialOf('cae2').signer);
}

/** Message 2 of a terminating end-point that forgets it at once. */
export function strangersMessage2(message1: Uint8Array, kind: Kind = x509): Uint8Array {
  const { credential = [], suites, peers = [] } = kind.terminating;
  const own = 'signer' in credential ? [credential] : credential;
  const profile = makeProfile({
    credentials: own,
    peers: new Peers(peers),
    random: seeded('stranger'),
    ...(suites && { suites }),
  });
  let turn = accept(profile, message1);
  if (turn.kind === 'sign') {
    const signature = own[turn.credential]?.signer.sign(turn.scheme, turn.bytes) as Uint8Array;
    turn = advance(profile, turn.state, { signature });
  }
  if (turn.kind !== 'send') throw new TypeError('message 2 was due');
  return turn.message;
}

/** Message 3 whose Finished opens and says something else. */
export function withWrongFinished(procedure: Procedure, message2: Uint8Array): Uint8Array {
  const clear = readRecords(procedure.message3(message2)).slice(0, -2);
  const { negotiated, masterSecret } = procedure.state;
  const { suite, encryptThenMac, randoms } = negotiated;
  const finished = withTrafficKeys(suite, masterSecret, randoms, ({ client: keys }) =>
    new FlightWriter(new Uint8Array()).protected(
      message.finished,
      { verifyData: new Uint8Array(12) },
      { suite, encryptThenMac, keys },
      seeded('wrong Finished'),
    ),
  );
  return Buffer.concat([...clear.map(each => encode(TlsRecord, each)), finished]);
}

/** As a TLS client without certificate sends it: no CertificateVerify follows. */
export function withEmptyCertificate(message3: Uint8Array): Uint8Array {
  const [, keyExchange, , ...rest] = readRecords(message3);
  if (keyExchange === undefined) throw new TypeError('ClientKeyExchange was due');
  const empty = record(contentType.handshake, encodeMessage(message.certificate, { certificates: [] }));
  return Buffer.concat([empty, ...[keyExchange, ...rest].map(each => encode(TlsRecord, each))]);
}

function withoutRecord(bytes: Uint8Array, dropped: (record: TlsRecord) => boolean): Uint8Array {
  return Buffer.concat(
    readRecords(bytes)
      .filter(each => !dropped(each))
      .map(each => encode(TlsRecord, each)),
  );
}

function withExtension(type: number, data: Uint8Array): (hello: ClientHello) => ClientHello {
  return hello => ({ ...hello, extensions: [...without(type)(hello).extensions, { type, data }] });
}

function record(type: number, fragment: Uint8Array): Uint8Array {
  return encode(TlsRecord, { type, version: tls12, fragment });
}

/** The signer of cse-b, out of order. */
export function failingSigner(): EndpointCredential {
  const { chain, schemes } = credentialOf('cse-b');
  const sign = () => Promise.reject(new Error('the PIN of the token is 4711'));
  return credentials.withSigner(chain, { schemes, sign });
}

function failingStore(): LabOptions['store'] & object {
  const { store, sealer } = memory();
  const claim = async () => {
    throw new E2EKeyError('STORE_FAILED', 'the disk is full');
  };
  return { store: Object.assign(store, { claim }), sealer };
}
