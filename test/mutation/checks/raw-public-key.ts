// The checks of raw public keys, the identifiers that pin them, and keys and signatures of other kinds.
import type { Mutation } from '../mutation.ts';

const identifier = {
  file: 'src/identifiers/public-key-identifier.ts',
  test: 'test/identifiers/public-key-identifier.test.ts',
};
const rawPublicKey = {
  file: 'src/certificates/raw-public-key.ts',
  test: 'test/certificates/raw-public-key.test.ts',
};
const algorithms = { file: 'src/certificates/algorithms.ts', test: 'test/certificates/algorithms.test.ts' };
const files = { file: 'src/pki/files.ts', test: 'test/pki/files.test.ts' };
const recognise = { file: 'src/inspect/recognise.ts', test: 'test/inspect/recognise.test.ts' };

const twoSpellings = 'two spellings of one pin, of which one is found and the other not';

export const rawPublicKeyChecks: readonly Mutation[] = [
  {
    ...identifier,
    name: 'public-key-identifier-size',
    find: 'if («text.length > maxIdentifierLength»)',
    replace: 'false',
    attack: 'an identifier of megabytes',
    clause: 'our bound',
    caughtBy: 'an identifier is at most 320 characters long, and a sentence shows 80 of them',
  },
  {
    ...identifier,
    name: 'public-key-identifier-end',
    find: '([A-Za-z0-9_-]+)«$»/;',
    replace: '',
    attack: 'a query, which says something that nobody heeds',
    clause: 'RFC 6920 §3.1',
    caughtBy: 'a query is refused, since nothing would be done with it (RFC 6920 §3.1)',
  },
  {
    ...identifier,
    name: 'public-key-identifier-algorithm',
    find: 'if («!isDigestAlgorithm(algorithm)»)',
    replace: 'false',
    attack: 'a pin so short that another key with the same beginning can be found',
    clause: 'TS-0003 10.1.2',
    caughtBy:
      'digests shorter than 120 bits, and other hashes, are refused with the three that are taken (TS-0003 10.1.2)',
  },
  {
    ...identifier,
    name: 'public-key-identifier-length',
    find: 'if («digest.length !== length» || digest.toString',
    replace: 'false',
    attack: 'a pin with fewer octets than its algorithm says',
    clause: 'TS-0003 10.1.2',
    caughtBy: 'a digest has exactly the octets of its algorithm',
  },
  {
    ...identifier,
    name: 'public-key-identifier-canonical',
    find: "|| «digest.toString('base64url') !== value»)",
    replace: 'false',
    attack: twoSpellings,
    clause: 'RFC 4648 §3.5',
    caughtBy:
      'base64url is the one text that encoding gives: no padding, no other alphabet, no stray bits (RFC 4648 §3.5)',
  },
  {
    ...identifier,
    name: 'public-key-identifier-written',
    find: "if («digest.length !== length && digest.length !== digestLengths['sha-256']»)",
    replace: 'false',
    attack: 'an identifier of something that is no SHA-256',
    clause: 'RFC 6920 §9.4',
    caughtBy: 'a digest of another length than the algorithm’s is not written',
  },
  {
    ...rawPublicKey,
    name: 'raw-public-key-size',
    find: 'if («der.length > maxRawPublicKeySize»)',
    replace: 'false',
    attack: 'a public key of megabytes',
    clause: 'our bound',
    caughtBy:
      'a raw public key above 1 KiB is refused before it is read, the largest that is accepted fits (our bound)',
  },
  {
    ...rawPublicKey,
    name: 'raw-public-key-copy',
    find: 'const own = «new Uint8Array(der)»',
    replace: 'der',
    attack: 'a key that changes after its hash was held against the pin',
    clause: 'our decision',
    caughtBy: 'the bytes are a copy: changing the input afterwards changes nothing',
  },
  {
    ...algorithms,
    name: 'pss-parameters',
    find: "«kind.parameters.includes(parameters === null ? null : Buffer.from(parameters).toString('hex'))»",
    replace: 'true',
    attack: 'a signature with a weak hash under the name of a strong one',
    clause: 'RFC 4055 3.1',
    caughtBy: 'RSASSA-PSS under any other parameters is refused (RFC 4055 3.1)',
  },
  {
    ...algorithms,
    name: 'pss-salt-length',
    find: 'padding: constants.RSA_PKCS1_PSS_PADDING«, saltLength» }',
    replace: '',
    attack: 'a salt of the forger’s choice, down to none',
    clause: 'RFC 8017 §9.1.2',
    caughtBy:
      'RSASSA-PSS holds only with the hash, the salt length and the padding that the parameters say (RFC 8017 §9.1.2)',
  },
  {
    ...algorithms,
    name: 'signature-family-of-other-kinds',
    find: '|| «key?.asymmetricKeyType !== kind.family») return false',
    replace: 'key === null',
    attack: 'an operation chosen by a field that its key does not fit',
    clause: 'RFC 5280 4.1.1.2',
    caughtBy: 'a signature is never checked with a key of another family than it says',
  },
  {
    ...files,
    name: 'private-key-mode',
    find: 'mode: «0o600»',
    replace: '0o644',
    attack: 'another user of the machine who reads a private key',
    clause: 'our decision',
    caughtBy: 'private keys can be read by their owner only, whatever the umask',
  },
  {
    ...recognise,
    name: 'inspect-encrypted-key',
    find: 'return «headerAt(bytes, algorithm.end, 0x03) !== null»',
    replace: 'true',
    attack: 'an encrypted private key that is shown as a public one',
    clause: 'RFC 5958 §3',
    caughtBy:
      'what only resembles a public key is not recognised: an encrypted private key, a digest (RFC 5958 §3, RFC 8017 §9.2)',
  },
  {
    ...algorithms,
    name: 'key-of-no-kind',
    find: '«return `a key of algorithm ${algorithm.algorithm} with other parameters than the profile has`»',
    replace: 'return null',
    attack: 'a key of a kind that nobody has looked at',
    clause: 'TS-0003 10.1.1.1',
    caughtBy:
      'RSASSA-PSS is made with an rsaEncryption key: one of id-RSASSA-PSS is of no kind that is taken (RFC 4055 1.2)',
  },
  {
    ...algorithms,
    name: 'key-off-its-curve',
    find: "if (key === null) «return 'bytes that are no key, such as a point off its curve'»",
    replace: 'return null',
    attack: 'bytes that are taken for a key and are none',
    clause: 'RFC 5480 2.2',
    caughtBy: 'Ed25519 keys and signatures are taken in profile rfc5280, without parameters (RFC 8410 3)',
  },
  {
    ...algorithms,
    name: 'key-rsa-der',
    find: 'catch { «return false;» }',
    replace: 'return true;',
    attack: 'an RSA key that two programs read in two ways',
    clause: 'RFC 3279 2.3.1',
    caughtBy:
      'profile rfc5280: an RSA key is two odd numbers in DER, the exponent 3 at least (RFC 8017 3.1, RFC 3279 2.3.1)',
  },
  {
    ...algorithms,
    name: 'key-rsa-positive',
    find: 'number => «(number[0] ?? 0x80) < 0x80 &&»',
    replace: '',
    attack: 'a negative modulus or exponent',
    clause: 'RFC 8017 3.1',
    caughtBy:
      'profile rfc5280: an RSA key is two odd numbers in DER, the exponent 3 at least (RFC 8017 3.1, RFC 3279 2.3.1)',
  },
  {
    ...algorithms,
    name: 'key-rsa-odd',
    find: '«&& ((number[number.length - 1] ?? 0) & 1) === 1»',
    replace: '',
    attack: 'an even modulus, whose factor anybody knows',
    clause: 'RFC 8017 3.1',
    caughtBy:
      'profile rfc5280: an RSA key is two odd numbers in DER, the exponent 3 at least (RFC 8017 3.1, RFC 3279 2.3.1)',
  },
  {
    ...algorithms,
    name: 'signature-of-no-kind',
    find: '«return `algorithm ${signature.signatureAlgorithm.algorithm}, or its parameters, is not in the profile`»',
    replace: 'return null',
    attack: 'a signature with an algorithm that nobody has looked at',
    clause: 'TS-0003 10.1.1.3',
    caughtBy: 'PKCS #1 v1.5 signatures are taken with parameters NULL or without, and no others (RFC 4055 5)',
  },
  {
    ...algorithms,
    name: 'key-that-cannot-be-made',
    find: 'catch { «return null;» }',
    replace: "throw new Error('no key');",
    attack: 'a presented key that is none and ends the search for a path',
    clause: 'our decision',
    caughtBy: 'Ed25519 keys and signatures are taken in profile rfc5280, without parameters (RFC 8410 3)',
  },
  {
    ...algorithms,
    name: 'signature-pss-by-profile',
    find: 'pssParameters(arc, saltLength), profiles: «rfc5280Only»',
    replace: 'both',
    attack: 'a signature of another kind than the profile has',
    clause: 'TS-0003 10.1.1.3',
    caughtBy:
      'RSASSA-PSS with SHA-256, SHA-384 and SHA-512 is taken in profile rfc5280, with NULL after the hashes or without (RFC 4055 2.1, 3.1)',
  },
];
