// Why a foreign stack answers a misbehaviour in another way than we do. Where this list has no reason, the run fails: the
// misbehaving peer might not do what its name says, or our answer might be the wrong one.
import { faultTable } from '../../src/errors.ts';
import type { Misbehaviour } from '../../src/testing/misbehaving/misbehaviour.ts';
import { alertName } from '../../src/wire/alerts.ts';

export interface Explanation {
  readonly stacks: readonly string[];
  /** Rules of misbehaviours, or names of single ones. */
  readonly of: readonly string[];
  /** What the stack says, in the words of `Answer`. */
  readonly says: RegExp;
  readonly why: string;
}

/** What we say to it on a stream, in the words of `Answer`. */
export function ourAnswer({ code, onStream = code }: Misbehaviour): string {
  if (onStream === null) return 'taken';
  if (onStream === 'waits') return onStream;
  const { alert } = faultTable[onStream];
  return alert === null ? 'closes' : alertName(alert);
}

/** Null where there is none. */
export function explain(stack: string, { rule, name }: Misbehaviour, says: string): Explanation | null {
  return (
    explanations.find(
      explanation =>
        explanation.stacks.includes(stack) &&
        explanation.says.test(says) &&
        (explanation.of.includes(name) || explanation.of.includes(rule)),
    ) ?? null
  );
}

const [openssl, gnutls] = ['OpenSSL', 'GnuTLS'];
const both = [openssl, gnutls];

/** In the order of the handshake. */
export const explanations: readonly Explanation[] = [
  {
    stacks: [openssl],
    of: ['a version below TLS 1.2'],
    says: /^handshake_failure$/,
    why: 'answers SSL 3.0 with the alert that SSL 3.0 had in the place of protocol_version',
  },
  {
    stacks: [openssl],
    of: ['no null compression'],
    says: /^decode_error$/,
    why: 'calls ClientHello without null compression malformed; RFC 5246 §7.4.1.2 names no alert for it',
  },
  {
    stacks: [openssl],
    of: ['no suite in ClientHello'],
    says: /^illegal_parameter$/,
    why: 'reads the list, and calls it illegal that it is empty; RFC 5246 §7.4.1.2 gives it two bytes at the least',
  },
  {
    stacks: both,
    of: ['a session id of 33 bytes in ServerHello'],
    says: /^illegal_parameter$/,
    why: 'reads the bytes, and calls it illegal that they are more than 32',
  },
  {
    stacks: [gnutls],
    of: ['no group in supported_groups'],
    says: /^handshake_failure$/,
    why: 'reads the empty list, and has no group in common with it',
  },
  {
    stacks: [gnutls],
    of: ['no format in ec_point_formats', 'point formats without uncompressed'],
    says: /^taken$/,
    why: 'does not read the point formats of a client: it uses uncompressed points',
  },
  {
    stacks: [gnutls],
    of: ['no format in ec_point_formats of ServerHello'],
    says: /^unsupported_extension$/,
    why: 'finds its format missing in the empty list, and names the extension',
  },
  {
    stacks: [openssl],
    of: [
      'no certificate type in client_certificate_type',
      'no certificate type in server_certificate_type',
      'certificate types among which is none of ours',
    ],
    says: /^taken$/,
    why: 'does not know the certificate types of RFC 7250 before version 3.2, and passes over the extension',
  },
  {
    stacks: [gnutls],
    of: ['no certificate type in client_certificate_type', 'no certificate type in server_certificate_type'],
    says: /^unsupported_certificate$/,
    why: 'reads the empty list, and has no certificate type in common with it',
  },
  {
    stacks: both,
    of: ['no extended_master_secret'],
    says: /^taken$/,
    why: 'goes on without it, as RFC 7627 §5.2 allows for old peers; a key that is exported needs it (§5.4)',
  },
  {
    stacks: [openssl],
    of: ['no supported_groups, which leaves the choice free'],
    says: /^handshake_failure$/,
    why: 'takes an absent list for an empty one; RFC 8422 §4 leaves the choice to the server',
  },
  {
    stacks: [openssl],
    of: ['compressed points alone in ClientHello'],
    says: /^handshake_failure$/,
    why: "finds no way to exchange keys; RFC 8422 §5.1.2 asks for uncompressed, and names illegal_parameter for a server's list alone",
  },
  {
    stacks: [gnutls],
    of: ['compressed points alone in ServerHello'],
    says: /^handshake_failure$/,
    why: 'finds no way to exchange keys; RFC 8422 §5.2 names illegal_parameter',
  },
  {
    stacks: [openssl],
    of: ['two names of one type in server_name'],
    says: /^decode_error$/,
    why: 'reads one name and calls what follows malformed; RFC 6066 §3 names no alert',
  },
  {
    stacks: [gnutls],
    of: ['two names of one type in server_name'],
    says: /^taken$/,
    why: 'reads the first name and passes over the others',
  },
  {
    stacks: [openssl],
    of: ['an extension twice'],
    says: /^illegal_parameter$/,
    why: 'calls a second extension of a type illegal; RFC 5246 §7.4.1.4 names no alert',
  },
  {
    stacks: [gnutls],
    of: ['an extension twice'],
    says: /^unsupported_extension$/,
    why: 'calls a second extension of a type in ClientHello unsupported; RFC 5246 §7.4.1.4 names no alert',
  },
  {
    stacks: both,
    of: ['an unknown extension twice in ClientHello'],
    says: /^taken$/,
    why: 'passes over what it does not know without counting; RFC 5246 §7.4.1.4 forbids two of a type, whatever it is',
  },
  {
    stacks: [gnutls],
    of: ['an extension twice'],
    says: /^taken$/,
    why: 'does not look for a second extension of a type in ServerHello, which RFC 5246 §7.4.1.4 forbids',
  },
  {
    stacks: both,
    of: ['more than 64 extensions'],
    says: /^taken$/,
    why: 'has no bound of its own on their number but the length of the message; the bound is ours',
  },
  {
    stacks: both,
    of: ['max_fragment_length in ClientHello'],
    says: /^record_overflow$/,
    why: "takes the offer of RFC 6066 §4, and the peer's later records are longer than it says; we pass over the extension, so that nothing is promised",
  },
  {
    stacks: [gnutls],
    of: ['a status_request of an unknown type in ClientHello'],
    says: /^decode_error$/,
    why: 'refuses a status_type that it does not know; we do not look into what we do not use',
  },
  {
    stacks: [openssl],
    of: ['an extension with bytes behind its content, or with too few'],
    says: /^taken$/,
    why: 'does not look behind the content of these extensions',
  },
  {
    stacks: [gnutls],
    of: ['an extension with bytes behind its content, or with too few'],
    says: /^taken$/,
    why: 'does not look behind the content of these extensions, nor into the point formats of a client',
  },
  {
    stacks: [gnutls],
    of: ['an extension with bytes behind its content, or with too few'],
    says: /^illegal_parameter$/,
    why: 'calls it illegal that encrypt_then_mac is not empty; RFC 7366 §2 names no alert',
  },
  {
    stacks: [gnutls],
    of: ['a suite that was not offered'],
    says: /^handshake_failure$/,
    why: 'has no suite of that number among its own; RFC 5246 §7.4.1.3 names no alert',
  },
  {
    stacks: [gnutls],
    of: ['status_request in ServerHello, not offered'],
    says: /^taken$/,
    why: 'gnutls-cli always offers it',
  },
  {
    stacks: both,
    of: ['an extension that was not offered'],
    says: /^taken$/,
    why: 'passes over extensions of ServerHello that it does not know; RFC 5246 §7.4.1.4 asks for unsupported_extension',
  },
  {
    stacks: [gnutls],
    of: ['an extension that is only for ClientHello'],
    says: /^unsupported_extension$/,
    why: 'calls it unsupported in ServerHello; RFC 8446 §4.2 names illegal_parameter, RFC 5246 nothing',
  },
  {
    stacks: both,
    of: ['an extension that is only for ClientHello'],
    says: /^taken$/,
    why: 'passes over supported_groups in ServerHello, since servers were in the field that sent it',
  },
  {
    stacks: [gnutls],
    of: ['no renegotiation_info in ServerHello'],
    says: /^taken$/,
    why: 'its default %PARTIAL_RENEGOTIATION takes servers without RFC 5746 as long as nobody renegotiates',
  },
  {
    stacks: [openssl],
    of: ['a verify_data in renegotiation_info of ServerHello'],
    says: /^illegal_parameter$/,
    why: 'calls it illegal; RFC 5746 §3.4 names handshake_failure',
  },
  {
    stacks: [openssl],
    of: ['an application protocol that was not offered, or two'],
    says: /^decode_error$/,
    why: 'calls the answer malformed; RFC 7301 §3.1 has one name, and names no alert',
  },
  {
    stacks: [gnutls],
    of: ['an application protocol that was not offered, or two'],
    says: /^taken$/,
    why: 'does not compare the name that the server chose with those that it offered, and reads no further than the first',
  },
  {
    stacks: both,
    of: ['encrypt_then_mac with an AEAD suite'],
    says: /^taken$/,
    why: 'passes over it; RFC 7366 §3 forbids it to the server, and asks nothing of the client',
  },
  {
    stacks: both,
    of: ['an empty list of certificates'],
    says: /^decode_error$/,
    why: 'calls it malformed: as client as TLS 1.3 does (RFC 8446 §4.4.2.4), as server GnuTLS for a certificate that is required; RFC 5246 §7.4.6 names handshake_failure for the latter',
  },
  {
    stacks: [openssl],
    of: ['a certificate that is none'],
    says: /^decode_error$/,
    why: 'counts bytes that are no certificate, or more than one, to the message; RFC 5246 §7.2.2 has bad_certificate for what is in it',
  },
  {
    stacks: [openssl],
    of: ['a list of certificates whose lengths lie'],
    says: /^bad_certificate$/,
    why: 'reads a certificate of no bytes, and finds none in it; RFC 5246 §7.4.2 gives it one byte at the least',
  },
  {
    stacks: [openssl],
    of: ['curve parameters in the place of a named curve'],
    says: /^illegal_parameter$/,
    why: 'reads no further than the curve type, and calls it illegal; RFC 8422 §5.4 names no alert',
  },
  {
    stacks: [gnutls],
    of: ['curve parameters in the place of a named curve', 'a group that was not offered'],
    says: /^handshake_failure$/,
    why: 'finds no group in common with it; RFC 8422 §5.4 names no alert',
  },
  {
    stacks: [openssl],
    of: ['a point in another form than uncompressed', 'a point that is not on the curve'],
    says: /^taken$/,
    why: 'reads points in compressed and hybrid form although it offered uncompressed alone; RFC 8422 §5.1.2 forbids to send them, and they are points on the curve',
  },
  {
    stacks: both,
    of: [
      'a point in another form than uncompressed',
      'a point that is not on the curve',
      'a point of no bytes',
    ],
    says: /^internal_error$/,
    why: 'has no alert for this failure of its library for curves; RFC 8422 §5.11 names none',
  },
  {
    stacks: [openssl],
    of: ['a point of no bytes'],
    says: /^illegal_parameter$/,
    why: 'reads no bytes as a point, and calls it illegal; RFC 8422 §5.4 gives it one byte at the least',
  },
  {
    stacks: [openssl],
    of: ['a point of no bytes', 'ClientKeyExchange of another key exchange'],
    says: /^handshake_failure$/,
    why: 'as server takes ClientKeyExchange without a point for a client with a fixed key in its certificate, which it does not do',
  },
  {
    stacks: [gnutls],
    of: ['an ECDSA signature in another form than its one in DER', 'a signature that does not verify'],
    says: /^taken$/,
    why: 'reads ECDSA signatures as BER and their numbers without sign; RFC 8422 §5.4 has them in DER',
  },
  {
    stacks: [openssl],
    of: [
      'a signature scheme that was not offered',
      'a signature scheme that CertificateRequest did not list',
    ],
    says: /^decrypt_error$/,
    why: 'knows ecdsa_sha1 although it did not list it, and finds that the signature does not verify with it',
  },
  {
    stacks: both,
    of: [
      'a signature scheme that was not offered',
      'a signature scheme that CertificateRequest did not list',
    ],
    says: /^handshake_failure$/,
    why: 'finds no scheme in common with it; RFC 5246 §7.4.3 and §7.4.8 name no alert',
  },
  {
    stacks: [gnutls],
    of: ['CertificateStatus that holds no response of OCSP'],
    says: /^taken$/,
    why: 'goes on without a response where it reads none in CertificateStatus; RFC 6066 §8 gives its form',
  },
  {
    stacks: both,
    of: ['CertificateStatus in which the responder has no answer'],
    says: /^taken$/,
    why: 'goes on as without a response where the responder has no answer; RFC 6066 §8 lets the client end the handshake for it',
  },
  {
    stacks: [openssl],
    of: ['CertificateStatus with a response that is successful and empty'],
    says: /^taken$/,
    why: 'reads the frame of the response, and leaves what is in it to the program that asked for it',
  },
  {
    stacks: [gnutls],
    of: [
      'CertificateStatus with a response that cannot be read',
      'CertificateStatus with a response that is successful and empty',
    ],
    says: /^finishes without a key$/,
    why: 'finishes the handshake, then gnutls-cli finds that the certificate is not to be trusted, and leaves',
  },
  {
    stacks: [openssl],
    of: ['CertificateStatus with a response of no bytes'],
    says: /^internal_error$/,
    why: 'asks for memory of no bytes, has none, and calls that an error of its own',
  },
  {
    stacks: both,
    of: ['no CertificateRequest'],
    says: /^taken$/,
    why: 'as client authenticates itself only where it is asked; TS-0003 8.7.2.1 has both authenticate themselves, so that the key is of both',
  },
  {
    stacks: both,
    of: ['a CertificateRequest for which our key can make nothing', 'CertificateRequest without a type'],
    says: /^taken$/,
    why: 'as client answers with an empty Certificate where it has none that fits (RFC 5246 §7.4.6), and leaves it to the server whether that is enough',
  },
  {
    stacks: [gnutls],
    of: ['CertificateRequest without a type'],
    says: /^handshake_failure$/,
    why: 'has no certificate of a type in the empty list; RFC 5246 §7.4.4 gives it one byte at the least',
  },
  {
    stacks: [openssl],
    of: ['CertificateRequest without a scheme', 'CertificateRequest with schemes of three bytes'],
    says: /^internal_error$/,
    why: 'has no alert for a list of schemes that it cannot save',
  },
  {
    stacks: [gnutls],
    of: ['CertificateRequest with an authority of no bytes'],
    says: /^taken$/,
    why: 'reads the names of authorities only where it has to choose a certificate by them',
  },
  {
    stacks: [openssl],
    of: ['an identity hint', 'a flight of more than 64 KiB'],
    says: /^handshake_failure$/,
    why: 'takes a hint of 256 bytes at the most (PSK_MAX_IDENTITY_LEN); RFC 4279 §5.3 asks for 128',
  },
  {
    stacks: [gnutls],
    of: ['a flight of more than 64 KiB', 'a flight of more than 4096 records'],
    says: /^taken$/,
    why: 'has bounds on messages, not on flights; ours is that of an E2EKey Message',
  },
  {
    stacks: [openssl],
    of: ['a flight of more than 4096 records'],
    says: /^taken$/,
    why: 'has bounds on messages, not on flights; ours is that of an E2EKey Message',
  },
  {
    stacks: [openssl],
    of: ['an identity that nobody here has'],
    says: /^taken$/,
    why: 's_server has one key for whoever comes, and prints a warning that the identity is another',
  },
  {
    stacks: [gnutls],
    of: ['an identity that nobody here has', 'a flight of more than 64 KiB'],
    says: /^bad_record_mac$/,
    why: 'goes on with a key of chance, as RFC 4279 §2 allows, so that nobody learns which identities there are; that they are hidden is an option of ours',
  },
  {
    stacks: [openssl],
    of: ['an identity that nobody here has', 'a flight of more than 64 KiB'],
    says: /^(?:decode_error|illegal_parameter)$/,
    why: 'takes an identity of 256 bytes, and a ClientKeyExchange of 2048, at the most',
  },
  {
    stacks: [gnutls],
    of: [
      'HelloRequest',
      'HelloRequest in a record of version 0x0301, in message 2',
      'HelloRequest in a record of version 0x0304, in message 2',
    ],
    says: /^unexpected_message$/,
    why: 'refuses HelloRequest within a handshake; RFC 5246 §7.4.1.1 has the client ignore it',
  },
  {
    stacks: [openssl],
    of: ['a flood of HelloRequest', 'HelloRequest under the new keys, in message 4'],
    says: /^taken$/,
    why: 'ignores HelloRequest within a handshake as often as it comes (RFC 5246 §7.4.1.1); the bound is ours, against a flood',
  },
  {
    stacks: [gnutls],
    of: ['a message twice'],
    says: /^decode_error$/,
    why: 'misses CertificateVerify in its place, and says of a missing proof what it says of a missing certificate',
  },
  {
    stacks: both,
    of: ['Finished twice', 'a record behind Finished'],
    says: /^(?:taken, then (?:unexpected_message|handshake_failure|closes|waits)|unexpected_message|closes|waits)$/,
    why: 'has made the key, and objects to what follows, or waits for more, as to any record of a connection; so do we, but over TCP alone do we read on',
  },
  {
    stacks: both,
    of: ['handshake bytes behind Finished in its record'],
    says: /^(?:taken.*|waits)$/,
    why: 'has made the key when it looks at them, takes them for the beginning of a renegotiation, and objects to that or waits for the rest; an E2EKey Message ends with Finished (TS-0003 8.7.2.2)',
  },
  {
    stacks: both,
    of: ['ChangeCipherSpec that is not the one byte 1'],
    says: /^unexpected_message$/,
    why: 'calls it unexpected; RFC 5246 §7.1 has one byte, and names no alert',
  },
  {
    stacks: [gnutls],
    of: ['ChangeCipherSpec that is not the one byte 1'],
    says: /^taken$/,
    why: 'does not look at the byte of ChangeCipherSpec',
  },
  {
    stacks: [openssl],
    of: [
      'ChangeCipherSpec a second time',
      'a record in the clear behind ChangeCipherSpec',
      'a protected record that does not open',
      'a protected record of no bytes',
    ],
    says: /^internal_error$/,
    why: 'has internal_error for a record under AES-GCM that is too short for nonce and tag; RFC 5246 §6.2.3.3 names bad_record_mac',
  },
  {
    stacks: [gnutls],
    of: [
      'ChangeCipherSpec a second time',
      'a record in the clear behind ChangeCipherSpec',
      'a protected record that does not open',
    ],
    says: /^decode_error$/,
    why: 'says of a CBC record whose length none can have that it is malformed; its length is public, so that nothing is learned from it',
  },
  {
    stacks: both,
    of: ['a protected record of no bytes'],
    says: /^bad_record_mac$/,
    why: 'takes it for a record that does not open; we refuse it before we would try (RFC 5246 §6.2.1)',
  },
  {
    stacks: both,
    of: ['a protected record of no bytes', 'a fragment of no bytes'],
    says: /^taken$/,
    why: 'passes over fragments of no bytes, up to a number; RFC 5246 §6.2.1 forbids to send them but as application data',
  },
  {
    stacks: [gnutls],
    of: ['another protected record than Finished'],
    says: /^taken$/,
    why: 'passes over application data of no bytes, which RFC 5246 §6.2.1 allows once the handshake is over',
  },
  {
    stacks: [openssl],
    of: ['a warning under the new keys before Finished'],
    says: /^unexpected_message$/,
    why: 'takes nothing between ChangeCipherSpec and Finished (RFC 5246 §7.4.9), not even the warnings that §7.2.2 allows',
  },
  {
    stacks: [gnutls],
    of: ['an alert inside a message', 'a flood of warning alerts'],
    says: /^taken$/,
    why: 'passes over warnings wherever they stand and however many; RFC 5246 §7.2 does not bound them, and we do',
  },
  {
    stacks: [openssl],
    of: ['an alert inside a message'],
    says: /^taken$/,
    why: 'passes over a warning between two records of one message; RFC 8446 §5.1 forbids the like, RFC 5246 says nothing',
  },
  {
    stacks: [gnutls],
    of: ['a fatal alert, or close_notify', 'a fatal alert, or close_notify, behind the flight'],
    says: /^internal_error$/,
    why: 'answers an end in the middle of a handshake by an alert of its own',
  },
  {
    stacks: both,
    of: ['a fatal alert, or close_notify', 'a fatal alert, or close_notify, behind the flight'],
    says: /^unexpected_message$/,
    why: 'answers an alert that it does not expect at all by its own: as the first record, between ChangeCipherSpec and Finished, and close_notify',
  },
  {
    stacks: [gnutls],
    of: [
      'a fatal alert, or close_notify',
      'a fatal alert, or close_notify, behind the flight',
      'a flood of warning alerts',
      'an alert inside a message',
      'warning alerts between messages, four at the most',
      'a warning behind the flight',
    ],
    says: /^decode_error$/,
    why: "takes any alert in the place of a client's Certificate for the no_certificate of SSL 3.0, and misses the certificate",
  },
  {
    stacks: [openssl],
    of: ['a fatal alert, or close_notify', 'a fatal alert, or close_notify, behind the flight'],
    says: /^taken, then closes$/,
    why: 'takes close_notify for the end of the other direction alone, and reads on',
  },
  {
    stacks: [gnutls],
    of: [
      'a Finished that is not of 12 bytes',
      'bytes behind the last field of a message',
      'a message that ends inside a field',
      'a length in the header of a message that is not its own',
    ],
    says: /^decrypt_error$/,
    why: 'says of a Finished of another length what it says of a wrong one; RFC 5246 §7.4.9 has 12 bytes',
  },
  {
    stacks: [openssl],
    of: [
      'a length in the header of a message that is not its own',
      'bytes behind the last field of a message',
      'a length in the header of a message beyond the end of its flight',
    ],
    says: /^illegal_parameter$/,
    why: 'knows from the header how long a message may be, and calls a longer one illegal before it has come',
  },
  {
    stacks: [gnutls],
    of: ['a length in the header of a message that is not its own'],
    says: /^waits$/,
    why: 'waits for a message of 16 MiB; we end at 64 KiB, the most that an E2EKey Message has',
  },
  {
    stacks: both,
    of: ['a length in the header of a message beyond the end of its flight'],
    says: /^decode_error$/,
    why: 'has the byte that it waits for from the next message, and then one too many',
  },
  {
    stacks: [gnutls],
    of: ['a length in the header of a message that is not its own'],
    says: /^unexpected_message$/,
    why: 'says that ChangeCipherSpec is unexpected inside a message; we say that the message does not end',
  },
  {
    stacks: both,
    of: ['the beginning of the next flight behind the flight'],
    says: /^(?:unexpected_message|illegal_parameter|bad_record_mac)$/,
    why: 'refuses at once what comes too early; over TCP we read a flight when it is due, and in a NOTIFY we refuse it as well',
  },
  {
    stacks: [gnutls],
    of: ['a record of an unknown type'],
    says: /^record_overflow$/,
    why: 'takes an unknown first byte for a ClientHello of SSL 2.0, and what follows for its length',
  },
  {
    stacks: both,
    of: ['a fragment of no bytes'],
    says: /^unexpected_message$/,
    why: 'says that it is no message, or no alert; RFC 5246 §6.2.1 forbids it',
  },
  {
    stacks: [openssl],
    of: ['a record version that is not of TLS', 'a warning in a record of another version'],
    says: /^(?:closes|protocol_version)$/,
    why: 'closes without an alert before a version is agreed, and says protocol_version behind that; RFC 5246 §6.2.1 names no alert',
  },
  {
    stacks: [gnutls],
    of: ['a record version that is not of TLS', 'a warning in a record of another version'],
    says: /^protocol_version$/,
    why: 'says protocol_version; RFC 5246 §6.2.1 names no alert',
  },
  {
    stacks: both,
    of: ['a warning in a record of another version', 'warning alerts between messages, four at the most'],
    says: /^unexpected_message$/,
    why: 'takes no alert as the first record of a client',
  },
  {
    stacks: both,
    of: ['a record version other than that of TLS 1.2'],
    says: /^taken$/,
    why: "passes over the version of ServerHello's record, since it may come before a version is agreed (RFC 5246 E.1)",
  },
  {
    stacks: both,
    of: ['an alert that is not of two bytes, or of an unknown level'],
    says: /^unexpected_message$/,
    why: 'takes no alert as the first record of a client, and calls a longer or shorter one unexpected',
  },
  {
    stacks: [openssl],
    of: ['an alert that is not of two bytes, or of an unknown level'],
    says: /^illegal_parameter$/,
    why: 'calls an unknown level illegal; RFC 5246 §7.2 names no alert',
  },
  {
    stacks: [gnutls],
    of: ['an alert that is not of two bytes, or of an unknown level'],
    says: /^taken$/,
    why: 'reads the first two bytes, and takes every level but fatal for a warning',
  },
];
