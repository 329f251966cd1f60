// The handshake in the pause before each misbehaviour of src/testing, from the flights of all that are possible there:
// what was thought of is where more is looked for. With Ed25519, whose signatures are the same each time.
import { groups } from '../../../src/crypto/key-exchange.ts';
import { suiteByName, suites } from '../../../src/crypto/suites.ts';
import { E2EKeyError } from '../../../src/errors.ts';
import { initiate } from '../../../src/handshake/handshake.ts';
import type { State } from '../../../src/handshake/state.ts';
import type { Knowledge } from '../../../src/testing/misbehaving/knowledge.ts';
import { type Misbehaviour, roleOf } from '../../../src/testing/misbehaving/misbehaviour.ts';
import { misbehaviours } from '../../../src/testing/misbehaving/misbehaviours.ts';
import { MisbehavingPeer } from '../../../src/testing/misbehaving/peer.ts';
import type { Edit, Step } from '../../../src/testing/misbehaving/steps.ts';
import { interopEnds, presharedEnds, pskIdentity } from '../../handshake/kinds.ts';
import {
  answer,
  type End,
  type EndOptions,
  goOn,
  initiatingEnd,
  labPresharedKey,
  repeatable,
  sent,
  signed,
  terminatingEnd,
  time,
} from '../../handshake/lab.ts';
import { leaf, type Part } from '../part.ts';
import type { Target } from '../target.ts';
import { flightPart } from '../wire-parts.ts';
import { type Finishing, pauseTarget } from './pause.ts';

type Attempt = Pick<Misbehaviour, 'message' | 'by' | 'options'>;

/** Larger flights cost time and are refused by their size. */
const maxFlight = 8192;

const ed25519Ends = interopEnds('ed25519', 'ed25519');

const honestly: Edit = honest => honest;

const attempts = Map.groupBy(misbehaviours, ({ message, by = 'certificate', options = {} }) =>
  [`engine, message ${message}: misbehaving`, by, ...Object.values(options).flat()].join(', '),
);

export const misbehavingTargets: readonly Target[] = [...attempts].flatMap(([name, those]) => {
  const [attempt] = those;
  return attempt === undefined ? [] : [misbehavingTarget(name, attempt, those)];
});

function misbehavingTarget(name: string, attempt: Attempt, those: readonly Misbehaviour[]): Target {
  const end = ourEnd(attempt);
  const { state, peer } = before(end, attempt);
  const seeds: Part[] = [];
  const finishing: Finishing[] = [];
  for (const { edit, code } of [{ edit: honestly, code: null }, ...those]) {
    const said = sentBy(peer(), edit);
    if (said === null || said.flight.length > maxFlight) continue;
    const { flight, knowledge } = said;
    // Signatures by keys of other kinds are others each time, and the inputs have to be the same again.
    if (Buffer.compare(flight, sentBy(peer(), edit)?.flight ?? flight) !== 0) continue;
    const protection = attempt.message > 2 ? knowledge.protectionOf('us') : null;
    seeds.push(recordsOr(flight, protection));
    if (code === null && protection !== null)
      finishing.push({ flight, protection, exported: knowledge.export('EXPORTER-oneM2M-ESCertKE', 48) });
  }
  const weight = 1 + Math.ceil(seeds.length / 50);
  return pauseTarget({ end, state, time }, finishing, { name, weight, seeds });
}

/** Its next flight, and what it knows then; null for a misbehaviour that takes a signature of ECDSA to pieces. */
function sentBy(peer: MisbehavingPeer, edit: Edit): { flight: Uint8Array; knowledge: Knowledge } | null {
  const known: Knowledge[] = [];
  const tell: Step = knowledge => {
    known.push(knowledge);
    return [];
  };
  const flight = sendOrNull(peer, honest => [...edit(honest), tell]);
  if (flight === null) return null;
  const [knowledge] = known;
  if (knowledge === undefined) throw new Error('a misbehaving peer takes no step that it is told');
  return { flight, knowledge };
}

function sendOrNull(peer: MisbehavingPeer, edit: Edit): Uint8Array | null {
  try {
    return peer.send(edit);
  } catch (error) {
    const isOfOtherKeys =
      error instanceof SyntaxError ||
      (error instanceof Error && 'code' in error && error.code === 'ERR_OSSL_INVALID_DIGEST');
    if (isOfOtherKeys) return null;
    throw error;
  }
}

/** A flight of what may be no records. */
function recordsOr(...[flight, protection]: Parameters<typeof flightPart>): Part {
  try {
    return flightPart(flight, protection);
  } catch (error) {
    if (error instanceof E2EKeyError) return leaf('whole', flight);
    throw error;
  }
}

interface Before {
  readonly state: State | null;
  /** The same peer, before it misbehaves, as often as it is asked for. */
  readonly peer: () => MisbehavingPeer;
}

function before(end: End, attempt: Attempt): Before {
  const hello = roleOf(attempt) === 'terminating' ? sent(initiate(end.profile)) : null;
  const first = () => {
    const made = peerOf(attempt);
    if (hello !== null) made.receive(hello.message);
    return made;
  };
  if (attempt.message < 3) return { state: hello?.state ?? null, peer: first };
  const flight = first().send();
  const turn = hello === null ? answer(end, flight) : sent(signed(end, goOn(end, hello.state, flight)));
  const second = () => {
    const made = first();
    made.send();
    made.receive(turn.message);
    return made;
  };
  return { state: turn.state, peer: second };
}

function ourEnd({ message, by, options: { suites: names, group } = {} }: Attempt): End {
  const ends = by === 'psk' ? presharedEnds : ed25519Ends;
  const options: EndOptions = {
    suites: names?.flatMap(name => suiteByName(name) ?? []) ?? suites,
    groups: groups.toSorted((one, other) => Number(other.name === group) - Number(one.name === group)),
  };
  return roleOf({ message }) === 'terminating'
    ? initiatingEnd({ ...ends.initiating, ...options })
    : terminatingEnd({ ...ends.terminating, ...options });
}

function peerOf({ message, by, options = {} }: Attempt): MisbehavingPeer {
  const role = roleOf({ message });
  const { own } = ed25519Ends[role];
  return new MisbehavingPeer({
    role,
    ...(by === 'psk'
      ? { presharedKey: { identity: pskIdentity, key: labPresharedKey } }
      : { credential: own ?? null }),
    random: repeatable(`misbehaving ${role}`),
    ...options,
  });
}
