// What is amiss with an ESPrim Object, an ESData Envelope or a protected content instance, as far as it can be told
// without a key: what its reader refuses, by the reader itself, and what does not fit together.
import { E2EKeyError } from '../errors.ts';
import { parseCredentialId } from '../identifiers/credential-id.ts';
import type { JsonObject } from '../onem2m/serialisation/json.ts';
import { cryptoParametersOf } from '../protection/esdata/content-instance.ts';
import type { CredentialName } from '../protection/esdata/credentials.ts';
import {
  type Binding,
  isCompact,
  isEncrypted,
  readEncrypted,
  readSigned,
} from '../protection/esdata/envelope.ts';
import { encryptions } from '../protection/esprim/algorithms.ts';
import { type ObjectHeader, readObject } from '../protection/esprim/object.ts';
import type { OriginatorRandObject, ReceiverRandObject } from '../protection/esprim/rand-object.ts';
import { error, type Finding, note, refused, warning } from './findings.ts';
import { expiryFinding } from './random-object.ts';

const esprimClause = 'TS-0003 8.4.3.2';
const esdataClause = 'TS-0003 8.5.3';

/** @param time when random objects have to serve. */
export function esprimFindings(text: string, time: Date): Finding[] {
  return readOr(esprimClause, () => [...headerFindings(readObject(text, time.getTime()).header, time)]);
}

function* headerFindings(header: ObjectHeader, time: Date): Generator<Finding> {
  const { protection, encryption, direction, ori, oro, rro } = header;
  if (protection === 'authentication')
    yield note(
      'object.alg',
      'authenticated and not encrypted: everybody on the way can read it',
      esprimClause,
    );
  if (direction === null)
    yield note(
      'object.cty',
      'absent: whether it is a request or a response stands inside',
      'TS-0003 Table 8.4.3.2-2',
    );
  if (direction === 'response' && oro !== null)
    yield warning(
      'object.oro',
      'stands in a response; only the originator sends it',
      'TS-0003 Table 8.4.3.2-2',
    );
  if (direction === 'request' && rro !== null)
    yield warning('object.rro', 'stands in a request; only the receiver sends it', 'TS-0003 Table 8.4.3.2-2');
  if (oro !== null && oro.id !== ori)
    yield note(
      'object.oro',
      'is not the one that ori names: it is for a later session',
      'TS-0003 8.4.2 C.6b',
    );
  if (oro !== null) yield* randFindings(oro, 'object.oro', 'ESPRIM_UNKNOWN_ORIG_RAND_ID', time);
  if (rro !== null) yield* randFindings(rro, 'object.rro', 'ESPRIM_UNKNOWN_RECV_RAND_ID', time);
  if (oro?.id === ori && encryption !== null && !oro.algorithms.includes(encryptions[encryption].id))
    yield error(
      'ESPRIM_UNSUPPORTED_OPTION',
      'object.enc',
      `is ${encryption}, which espa of oro does not name`,
      'TS-0003 8.4.2 C.6c',
    );
}

function* randFindings(
  rand: OriginatorRandObject | ReceiverRandObject,
  field: string,
  code: 'ESPRIM_UNKNOWN_ORIG_RAND_ID' | 'ESPRIM_UNKNOWN_RECV_RAND_ID',
  time: Date,
): Generator<Finding> {
  const finding = expiryFinding(rand, field, code, time);
  if (finding !== null) yield finding;
}

export function esdataFindings(envelope: string): Finding[] {
  return readOr(esdataClause, () => {
    const binding = bindingOf(envelope);
    if (isEncrypted(envelope)) {
      const { recipients } = readEncrypted(envelope, binding);
      return recipients.flatMap(({ alg, name }, index) =>
        nameFindings(name, alg, recipients.length === 1 ? 'object' : `object.recipients.${index}`),
      );
    }
    const { signatures } = readSigned(envelope, binding);
    return signatures.flatMap(({ alg, name }, index) =>
      nameFindings(name, alg, signatures.length === 1 ? 'object' : `object.signatures.${index}`),
    );
  });
}

/** Content instances that were made ahead of their time are refused by who says so, and else not. */
export function contentInstanceFindings({ cnf, con }: JsonObject, time: Date): Finding[] {
  return readOr(esdataClause, () => {
    if (typeof cnf !== 'string' || typeof con !== 'string')
      return [error('ESDATA_MALFORMED', 'cnf, con', 'are no texts', 'TS-0004 6.3.3')];
    const { creationTime } = cryptoParametersOf({ cnf, con });
    return creationTime > time
      ? [warning('object.cpa.creationTime', `${creationTime.toISOString()} is in the future`, 'our own')]
      : [];
  });
}

/** The private parameter that the Envelope has; its reader takes no other. */
function bindingOf(envelope: string): Binding | null {
  const encoded = isCompact(envelope)
    ? envelope.split('.', 1)[0]
    : /"protected"\s*:\s*"([\w-]*)"/.exec(envelope)?.[1];
  const header = Buffer.from(encoded ?? '', 'base64url').toString('utf8');
  return (['cpa', 'atr'] as const).find(name => header.includes(`"${name}":`)) ?? null;
}

function nameFindings({ kid, x5tS256 }: CredentialName, alg: string, field: string): Finding[] {
  if (kid === null)
    return x5tS256 === null
      ? [warning(field, 'names no credential: its reader has to guess the key', 'RFC 7516 §4.1.6')]
      : [];
  const due = dueTypes(alg);
  try {
    const { type } = parseCredentialId(kid);
    return type >= due.first && type <= due.last
      ? []
      : [
          error(
            'ESDATA_ALGORITHM_UNFIT',
            `${field}.kid`,
            `is a Credential-ID of type ${type}, and ${alg} takes ${due.first === due.last ? due.first : `${due.first} to ${due.last}`}`,
            'TS-0003 Table 12.3.2.1-1',
          ),
        ];
  } catch (thrown) {
    if (!(thrown instanceof E2EKeyError)) throw thrown;
    return [warning(`${field}.kid`, 'is no Credential-ID', 'TS-0003 10.4')];
  }
}

/** Types of Credential-IDs by the algorithm. */
function dueTypes(alg: string): { readonly first: number; readonly last: number } {
  if (alg === 'dir') return { first: 14, last: 14 };
  if (/^A\d+KW$/.test(alg)) return { first: 15, last: 15 };
  if (alg.startsWith('HS')) return { first: 16, last: 16 };
  return /^(?:RSA|ECDH)-/.test(alg) ? { first: 41, last: 45 } : { first: 51, last: 55 };
}

function readOr(clause: string, read: () => Finding[]): Finding[] {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof E2EKeyError)) throw thrown;
    return [refused(thrown, 'object', clause)];
  }
}
