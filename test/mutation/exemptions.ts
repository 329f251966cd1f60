// The refusals that no mutation takes out, and why none has to: what is not here is in the list of mutations.
// completeness.test.ts demands that each still stands in its source, and that no mutation takes it out after all.

interface Exemption {
  /** The source file, relative to the project. */
  readonly file: string;
  readonly reason: string;
  /** Source text as in `Mutation.find`, on or inside each refusal. */
  readonly places: readonly string[];
}

const ownMistake = 'a mistake of our own (RangeError, TypeError): nothing that a peer sends leads there';
const narrowing = 'tells the compiler what is so: it cannot be otherwise, whatever a peer sends';
const inCatch =
  'says in our words what has failed already: without it the error goes on, and nothing is opened';
const sayer = 'the sentence of checks that have entries of their own, or the name of a code in a type';
const noKey = 'no key was found: without it the next line fails instead';
const aValue = 'a value: there is nothing yet, or nothing new';
const goesOn = "an error that is not this place's to judge goes on: without it the next line fails instead";

export const exemptions: readonly Exemption[] = [
  {
    file: 'src/wire/annotate.ts',
    reason: 'shows messages to people; nothing is decided by it',
    places: [
      '«throw error»; return { fields, messages, problem',
      'the record at offset ${offset} has ${declared} bytes',
      'is cut off: ${length} bytes of it are there',
      '«throw error»; return false',
      '«return false»',
    ],
  },
  {
    file: 'src/wire/codec.ts',
    reason: ownMistake,
    places: [
      'throw new RangeError(`${value} is not one of',
      'throw new RangeError(`${value.length} bytes where ${size} are due`)',
      'throw new RangeError(`no structure has the tag ${tag}`)',
      'throw new RangeError(`more than ${maxExtensions} extensions`)',
      "throw new RangeError('an extension stands twice')",
    ],
  },
  {
    file: 'src/crypto/key-exchange.ts',
    reason: ownMistake,
    places: ["throw new RangeError('the source of randomness yields no private key')"],
  },
  {
    file: 'src/crypto/key-schedule.ts',
    reason: ownMistake,
    places: ["throw new RangeError('an exporter context has at most 65535 bytes')"],
  },
  {
    file: 'src/crypto/record-protection.ts',
    reason: ownMistake,
    places: ['throw new RangeError(`a fragment of ${fragment.length} bytes is too long`)'],
  },
  {
    file: 'src/crypto/signatures.ts',
    reason: ownMistake,
    places: ['throw new RangeError(`no signature scheme ${scheme}`)'],
  },
  {
    file: 'src/handshake/terminating.ts',
    reason: narrowing,
    places: [
      'a suite with certificates was chosen without signature or group',
      'an unknown identity is neither refused nor hidden',
    ],
  },
  {
    file: 'src/endpoint/answering.ts',
    reason: narrowing,
    places: [
      'message 1 did not lead to message 2',
      "turn.message === undefined) throw new E2EKeyError('INTERNAL', «'message 3 did not lead to message 4'»",
    ],
  },
  {
    file: 'src/endpoint/establishing.ts',
    reason: narrowing,
    places: [
      'the procedure did not begin with message 1',
      'message 2 did not lead to message 3',
      'message 4 did not end the procedure',
    ],
  },
  {
    file: 'src/certificates/der.ts',
    reason: 'a value: what is absent is FALSE',
    places: ['if (this.next !== identifier) «return false»'],
  },
  {
    file: 'src/certificates/path.ts',
    reason: 'says to the caller what `#refuse` has noted, or why nothing was noted',
    places: [
      'this.#closest?.finding ?? findingAt([leaf], 0, «noIssuer(leaf)»)',
      'if (found !== null) return found; } «return null»',
      'refusal.position, refusal.objection); «return null»',
    ],
  },
  {
    file: 'src/certificates/peers.ts',
    reason: 'a value: an entry may leave its entity open',
    places: ['if (entity === null) «return null»'],
  },
  {
    file: 'src/certificates/trust.ts',
    reason: 'words of a refusal that `allowed` makes',
    places: ['return «new E2EKeyError( code, `subjectPublicKeyInfo: the key»'],
  },
  {
    file: 'src/certificates/trust.ts',
    reason: 'saves time: a leaf that is not remembered is parsed',
    places: [
      'if (peers.trusts.size > maxTrustsAsked) «return undefined»',
      'if (leaf !== undefined) return leaf; } «return undefined»',
    ],
  },
  {
    file: 'src/certificates/trust.ts',
    reason: narrowing,
    places: ["throw refusal ?? new E2EKeyError('INTERNAL', 'a peer was matched by no entry')"],
  },
  {
    file: 'src/certificates/index.ts',
    reason: goesOn,
    places: ['«throw error»; return refused(', '«throw error»; unreadable.push('],
  },
  {
    file: 'src/certificates/revocation.ts',
    reason: goesOn,
    places: ['«throw error»; throw errorOf(findingIn(`ocsp.'],
  },
  {
    file: 'src/certificates/trust-anchors.ts',
    reason: goesOn,
    places: ['«throw cause»; const', "«throw cause»; return refuse('OPTION_INVALID'"],
  },
  {
    file: 'src/endpoint/sqlite-store.ts',
    reason: goesOn,
    places: ['if (Date.now() >= deadline || !isBusy(error)) «throw error»'],
  },
  {
    file: 'src/endpoint/crl-source.ts',
    reason: aValue,
    places: ['if (list === undefined) «return null»'],
  },
  { file: 'src/endpoint/crl-source.ts', reason: goesOn, places: ['«throw error»; return refuse('] },
  {
    file: 'src/endpoint/own-staples.ts',
    reason: aValue,
    places: ['if (staple === undefined) «return null»'],
  },
  {
    file: 'src/endpoint/own-status.ts',
    reason: narrowing,
    places: ['a response that speaks of our certificate does not hold it'],
  },
  {
    file: 'src/endpoint/revocation.ts',
    reason: aValue,
    places: ['source?.load(row, this.#surroundings.clock()); «return null»'],
  },
  {
    file: 'src/endpoint/staple-source.ts',
    reason: aValue,
    places: [
      'held(): Held | null { if (this.#held === null) «return null»',
      "get row(): Omit<StatusRow, 'endpoint'> | null { if (this.#held === null) «return null»",
      'version.thisUpdate === held.thisUpdate) «return null»',
    ],
  },
  {
    file: 'src/endpoint/status-source.ts',
    reason: inCatch,
    places: ['= «asFetchError(error)»', '= «asE2EKeyError(error)»'],
  },
  {
    file: 'src/protection/esdata/algorithms.ts',
    reason: noKey,
    places: ['unfit(`${what} a key of 16, 24 or 32 bytes'],
  },
  {
    file: 'src/protection/esdata/attributes.ts',
    reason: inCatch,
    places: ["refuse('ESDATA_MALFORMED', 'the value is authentic, and no JSON that can be read')"],
  },
  {
    file: 'src/protection/esdata/attributes.ts',
    reason: sayer,
    places: ["code: 'OPTION_INVALID' | 'ESDATA_MALFORMED'"],
  },
  {
    file: 'src/protection/esdata/content-instance.ts',
    reason: sayer,
    places: [
      "refuse('ESDATA_MALFORMED', problem)",
      "refuse('ESDATA_MALFORMED', `cpa: ${problem}`)",
      "code: 'OPTION_INVALID' | 'ESDATA_MALFORMED'",
    ],
  },
  {
    file: 'src/protection/esdata/content-keys.ts',
    reason: inCatch,
    places: ["refuse('ESDATA_MALFORMED', `cpa: ${cause.message}`, { cause })"],
  },
  {
    file: 'src/protection/esdata/content-keys.ts',
    reason: noKey,
    places: [
      'if (dataConfidentiality === undefined) «return null»',
      'if (dataAuthenticity === undefined) «return null»',
    ],
  },
  {
    file: 'src/protection/esdata/envelope.ts',
    reason: inCatch,
    places: [
      'refuse(code, `${what} cannot be read${reason}`)',
      'refuse(code, `epk is no point on ${crv} (RFC 7518 §4.6.1.1)`, { cause })',
    ],
  },
  {
    file: 'src/protection/esdata/envelope.ts',
    reason: 'absent is allowed: without it the next line refuses what is right',
    places: ['if (header === undefined) «return null»'],
  },
  {
    file: 'src/protection/esdata/envelope.ts',
    reason: 'which names are allowed is a list at each call, and those have entries',
    places: ['unsupported(`${shown(other)} in ${where} is not supported`'],
  },
  {
    file: 'src/protection/esdata/pairwise-credentials.ts',
    reason: 'a key that goes between two looks: without it there is none all the same',
    places: ["refuse('KEY_UNKNOWN', `the key with ${entity} is not there any more`)"],
  },
  {
    file: 'src/protection/esprim/client.ts',
    reason: inCatch,
    places: ["refuse('OPTION_INVALID', `what is to be sent is no request primitive: ${reason}`, { cause })"],
  },
  {
    file: 'src/protection/esprim/keys.ts',
    reason: 'which sentence a caller gets who has no key to use in any case',
    places: ['«refuseDead(dead)»'],
  },
];
