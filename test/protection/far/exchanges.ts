// Protected exchanges over one way, and what has to come of them: each right, none seen by the CSE, none that it replays
// or changes accepted.
import { cae1 } from '../../endpoint/lab.ts';
import { type ChangePlan, Changing, legOf, legs } from './changing.ts';
import { longPatience, type Meeting } from './meeting.ts';
import type { Outcome, Sending } from './originator.ts';
import { Recording } from './recording.ts';
import type { Changes, WayResult } from './run.ts';
import type { Way } from './ways.ts';

/** Turns of the comparison. */
const rounds = 4;
/** Exchanges with a changed byte until it is looked at what came of them. */
const batch = 200;
/** Batches of changes before it is given up that every position comes up. */
const mostBatches = 60;
/** Of those that are answered at once: else some would wait for longer than their patience. */
const fewAtOnce = 8;
/** ESPRIM_REPLAYED. */
const replayed = 4105;

export async function exchangesOver(meeting: Meeting, way: Way): Promise<WayResult> {
  const { exchanges } = meeting.plan;
  meeting.recordAnew();
  await meeting.open(way, 'a CSE');
  const ratio = await compare(meeting, way);
  const again = await sendAgain(meeting, way);
  const changes = await change(meeting, way);
  await meeting.close();
  const deviating = Math.ceil(exchanges / 10);
  await meeting.open(way, 'a deviating CSE');
  await sendGenuine(meeting, `${way}, deviating CSE`, deviating);
  await meeting.close();
  meeting.search(way);
  return { way, count: exchanges, ratio, deviating, replayed: again, changes, ...meeting.recording.size };
}

/** Protected and plain exchanges, turn and turn about; gives their rates' ratio. */
async function compare(meeting: Meeting, way: Way): Promise<number> {
  const { exchanges } = meeting.plan;
  const each = Math.ceil(exchanges / rounds);
  const times = { plain: 0, protected: 0 };
  for (let done = 0; done < exchanges; done += each) {
    const count = Math.min(each, exchanges - done);
    times.protected += await sendGenuine(meeting, way, count);
    times.plain += await sendPlain(meeting, way, count);
  }
  return times.plain / times.protected;
}

/** Each is answered rightly, and was dispatched once; gives the milliseconds. */
async function sendGenuine(meeting: Meeting, where: string, count: number): Promise<number> {
  const { outcomes, time, ordinals } = await meeting.send({ count, session: 'common' });
  requireGenuine(meeting, where, outcomes);
  const reached = await meeting.reached(where, ordinals);
  if (reached.join() !== ordinals.join())
    meeting.find(`${where}: ${reached.length} inner primitives were dispatched of ${count}`);
  return time;
}

/** Not protected, and so all of them are in the recording: were the search blind, it would be seen here. */
async function sendPlain(meeting: Meeting, way: Way, count: number): Promise<number> {
  const { recording } = meeting;
  meeting.recording = new Recording();
  const { outcomes, time } = await meeting.send({ count, session: 'none' });
  requireGenuine(meeting, `${way}, plain`, outcomes);
  const seen = new Set(meeting.recording.search().map(({ secret }) => secret));
  if (seen.size !== count) meeting.find(`${way}: the search found ${seen.size} of ${count} plain exchanges`);
  meeting.recording = recording;
  return time;
}

function requireGenuine(meeting: Meeting, where: string, outcomes: readonly Outcome[]): void {
  for (const { ordinal, outcome } of outcomes)
    if (outcome !== 'genuine') meeting.find(`${where}: exchange ${ordinal} ended with ${outcome}`);
}

/** Every recorded request once more, as it was and with one byte changed; gives how many there were. */
async function sendAgain(meeting: Meeting, way: Way): Promise<number> {
  const { exchanges } = meeting.plan;
  const objects = meeting.recording.objects.filter(object => legOf(object) === 'request object');
  if (objects.length !== exchanges)
    meeting.find(`${way}: ${objects.length} request objects were recorded of ${exchanges}`);
  const outer = (epo: string, ordinal: number) => ({
    operation: 'notify' as const,
    to: meeting.receiver,
    from: cae1,
    requestIdentifier: `again-${ordinal}`,
    releaseVersionIndicator: '3',
    content: { 'm2m:seci': { sit: 5, epo } },
  });
  const replays = await meeting.receiving.tell('deliver', objects.map(outer));
  const changed = await meeting.receiving.tell(
    'deliver',
    objects.map((object, ordinal) => outer(meeting.withOneByteChanged(object), ordinal)),
  );
  const taken = replays.filter(code => code !== replayed).length;
  if (taken > 0) meeting.find(`${way}: ${taken} recorded objects were not refused as replays`);
  // One that is refused as a replay has opened.
  const opened = changed.filter(code => code < 4000 || code === replayed).length;
  if (opened > 0) meeting.find(`${way}: ${opened} recorded objects opened with a changed byte`);
  const { ordinals, strange } = await meeting.receiving.tell('reached');
  if (ordinals.length + strange.length > 0)
    meeting.find(`${way}: recorded objects reached the application again`);
  return objects.length;
}

/** What is changed, and whether the object begins a session, with oro in it, or not. */
const kinds: readonly (Omit<ChangePlan, 'positions'> & Pick<Sending, 'session'>)[] = legs.flatMap(
  (leg): typeof kinds => {
    const inside = { leg, where: 'inside' } as const;
    if (leg === 'random object') return [{ ...inside, session: 'own' }];
    return [
      ...(leg === 'request object' ? [{ ...inside, session: 'own' } as const] : []),
      { ...inside, session: 'common' },
      { leg, where: 'outside', session: 'common' },
    ];
  },
);

async function change(meeting: Meeting, way: Way): Promise<Changes> {
  const total = { inside: 0, refused: 0, same: 0 };
  for (const kind of kinds) {
    if (meeting.plan.patience === null && isMetWithSilence(way, kind)) continue;
    const { refused, same } = await changeOne(meeting, way, kind);
    if (kind.where === 'inside') total.inside += refused;
    else {
      total.refused += refused;
      total.same += same;
    }
  }
  return total;
}

/** In a container lies what nobody can read, or an answer that nobody waits for. */
function isMetWithSilence(way: Way, { leg, where }: Omit<ChangePlan, 'positions'>): boolean {
  return way.startsWith('containers-') && (where === 'outside' || leg === 'random object');
}

async function changeOne(
  meeting: Meeting,
  way: Way,
  { leg, where, session }: (typeof kinds)[number],
): Promise<{ readonly refused: number; readonly same: number }> {
  const name = `${way}, one byte ${where} the ${leg} changed`;
  const { changes, patience, atOnce } = meeting.plan;
  const positions = changes === 'every' ? 'every' : 'drawn';
  const changing = new Changing({ leg, where, positions }, meeting.draw);
  const outcomes: Outcome[] = [];
  for (let batches = 0; batches < mostBatches; batches++) {
    meeting.changing = changing;
    const sent = await meeting.send({
      count: changes === 'every' ? batch : changes,
      session,
      patience: patience ?? longPatience,
      atOnce: where === 'inside' ? fewAtOnce : atOnce,
    });
    meeting.changing = null;
    outcomes.push(...sent.outcomes);
    const reached = await meeting.reached(name, sent.ordinals);
    if (where === 'inside' && leg !== 'response object' && reached.length > 0)
      meeting.find(`${name}: exchanges ${reached} reached the application`);
    meeting.search(name);
    if (changes !== 'every' || changing.isComplete) break;
  }
  if (changing.changed === 0 || (changes === 'every' && !changing.isComplete))
    meeting.find(`${name}: ${changing.changed} were, which is not every one`);
  for (const { ordinal, outcome } of outcomes)
    if (outcome === 'wrong' || (where === 'inside' && outcome === 'genuine'))
      meeting.find(`${name}: exchange ${ordinal} had a ${outcome} response`);
  const same = outcomes.filter(({ outcome }) => outcome === 'genuine').length;
  return { refused: changing.changed - same, same };
}
