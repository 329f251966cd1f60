// The refusal table's rows for raw public keys and pre-shared keys, and which rows are those of which kind.
import { createSecretKey } from 'node:crypto';
import { parseRawPublicKey } from '../../src/certificates/raw-public-key.ts';
import { Peers } from '../../src/certificates/trust.ts';
import { credentials, type EndpointCredential, type Signer } from '../../src/endpoint/credentials.ts';
import { niUri } from '../../src/identifiers/public-key-identifier.ts';
import { otherKey } from '../../src/testing/certificate-maker.ts';
import { encodeMessage, message } from '../../src/wire/messages.ts';
import { contentType, tls12 } from '../../src/wire/numbers.ts';
import { encodeRecords } from '../../src/wire/records.ts';
import {
  type Kind,
  presharedKeys,
  presharedKinds,
  pskPeer,
  publicKeyInfoOf,
  rawCredentialOf,
  rawPeer,
  rawPublicKeys,
  x509,
} from './kinds.ts';
import { credentialOf, without } from './lab.ts';
import {
  edited,
  failingSigner,
  honest,
  type Refusal,
  refusals,
  refusalsOfEvery,
  withEmptyCertificate,
} from './refusals.ts';

/** Each kind of credential, with everything that is refused of it. */
export const refusalsByKind: ReadonlyMap<Kind, readonly Refusal[]> = new Map([
  [x509, refusals],
  [rawPublicKeys, [...refusalsOfEvery(rawPublicKeys), ...ofRawPublicKeys()]],
  ...presharedKinds.map(kind => [kind, [...refusalsOfEvery(kind), ...ofPresharedKeys()]] as const),
]);

function ofRawPublicKeys(): readonly Refusal[] {
  const clientCertificateType = 19;
  const serverCertificateType = 20;
  const p384 = credentials.fromRawKey(otherKey('P-384'));
  return [
    {
      name: 'CertificateVerify with another key than the raw one (RFC 5246 §7.4.8)',
      code: 'SIGNATURE_INVALID',
      alert: 51,
      rsc: 4106,
      procedure: () => ({ credential: rawKeyWith('cae1', credentialOf('cae2').signer) }),
      second: honest,
    },
    {
      name: 'an empty raw public key (TS-0003 8.7.2.2)',
      code: 'PEER_CERTIFICATE_MISSING',
      alert: 40,
      rsc: 4106,
      second: (procedure, message2) => withEmptyCertificate(procedure.message3(message2)),
    },
    {
      name: 'a raw public key that is none (RFC 7250 §3)',
      code: 'CERTIFICATE_MALFORMED',
      alert: 42,
      rsc: 4106,
      procedure: () => ({ credential: { ...rawCredentialOf('cae1'), chain: [Buffer.from('key')] } }),
      second: honest,
    },
    {
      name: 'a pinned key that is not on P-256 (TS-0003 10.1.1.1)',
      code: 'CERTIFICATE_UNSUPPORTED',
      alert: 43,
      rsc: 4106,
      terminating: () => ({ peers: [{ ...rawPeer.cae1, pin: pinOfCredential(p384) }] }),
      procedure: () => ({ credential: p384 }),
      second: honest,
    },
    {
      name: 'certificates only from the initiating end-point (RFC 7250 §4.2)',
      code: 'CERTIFICATE_UNSUPPORTED',
      alert: 43,
      rsc: 4106,
      procedure: edited(without(clientCertificateType)),
    },
    {
      name: 'certificates only from the terminating end-point (RFC 7250 §4.2)',
      code: 'CERTIFICATE_UNSUPPORTED',
      alert: 43,
      rsc: 4106,
      procedure: edited(without(serverCertificateType)),
    },
    {
      name: 'another raw public key than the one that is pinned for From (TS-0003 8.1.2.5)',
      code: 'IDENTITY_MISMATCH',
      alert: 42,
      rsc: 4106,
      procedure: () => ({ credential: rawCredentialOf('cae2') }),
      second: honest,
    },
    {
      name: 'a signer that fails',
      code: 'SIGNER_FAILED',
      alert: 80,
      rsc: 5000,
      terminating: () => ({ credential: rawKeyWith('cse-b', failingSigner().signer) }),
    },
  ];
}

function ofPresharedKeys(): readonly Refusal[] {
  const otherIdentity = () => ({
    peers: new Peers([{ ...pskPeer.cseB, pskIdentity: 'KpsaId-Cae9' }]),
  });
  return [
    {
      name: 'an identity that nobody has (RFC 4279 §2)',
      code: 'PSK_UNKNOWN',
      alert: 115,
      rsc: 4106,
      procedure: otherIdentity,
      second: honest,
    },
    {
      name: 'an identity that nobody has, where that is not told (RFC 4279 §2)',
      code: 'PSK_UNKNOWN',
      alert: 51,
      rsc: 4106,
      terminating: () => ({ hideUnknownPskIdentities: true }),
      procedure: otherIdentity,
      second: honest,
    },
    {
      name: 'the identity of another peer than From (TS-0003 8.7.2.2)',
      code: 'PSK_UNKNOWN',
      alert: 115,
      rsc: 4106,
      terminating: () => ({
        peers: [
          pskPeer.cae1,
          { ...pskPeer.cae1, entity: '//m2m.example.com/cse-a/Cae2', pskIdentity: 'KpsaId-Cae9' },
        ],
        presharedKey: () => presharedKeys(pskPeer.cae1.pskIdentity),
      }),
      procedure: otherIdentity,
      second: honest,
    },
    {
      name: 'another key than that of the identity (RFC 4279 §2)',
      code: 'RECORD_UNAUTHENTIC',
      alert: 20,
      rsc: 4106,
      procedure: () => ({ presharedKey: createSecretKey(new Uint8Array(32)) }),
      second: honest,
    },
    {
      name: 'suites with certificates only (TS-0003 10.2.3)',
      code: 'NOTHING_IN_COMMON',
      alert: 40,
      rsc: 5207,
      procedure: edited(hello => ({ ...hello, cipherSuites: [0xc02b, 0xc023, 0xc0ae] })),
    },
    {
      name: 'a Certificate message before ClientKeyExchange (RFC 4279 §2)',
      code: 'MESSAGE_UNEXPECTED',
      alert: 10,
      rsc: 4102,
      second: (procedure, message2) => Buffer.concat([emptyCertificate(), procedure.message3(message2)]),
    },
    {
      name: 'a store of pre-shared keys that fails',
      code: 'STORE_FAILED',
      alert: 80,
      rsc: 5000,
      terminating: () => ({ presharedKey: () => Promise.reject(new Error('the PIN of the token is 4711')) }),
      second: honest,
    },
  ];
}

function rawKeyWith(name: string, signer: Signer): EndpointCredential {
  return credentials.rawWithSigner(publicKeyInfoOf(name), signer);
}

function pinOfCredential({ chain: [der = new Uint8Array()] }: EndpointCredential): string {
  return niUri(parseRawPublicKey(der).digest);
}

function emptyCertificate(): Uint8Array {
  const bytes = encodeMessage(message.certificate, { certificates: [] });
  return Buffer.concat(encodeRecords(contentType.handshake, tls12, bytes));
}
